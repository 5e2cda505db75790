import { z } from 'zod';

/** Domain separator of every entry. */
export const ENTRY_TYPE = 'https://countersign.dev/audit/entry/v1';

/** Bytes of an entry at most. */
export const entryLimit = 65_536;

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = wellFormed(16_384);
const name = wellFormed(1_024);
const hex32 = z.string().regex(/^[0-9a-f]{64}$/);

/** RFC 9562 in lower case. */
const exchangeId = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);

const actor = closed({ id: name, issuer: name });
const principal = closed({ id: name, issuer: name, groups: z.array(name), actors: z.array(actor) });
const approver = closed({ id: name, issuer: name, person: name.optional() });
const committed = z.array(closed({ c: z.string().regex(/^[A-Za-z0-9_-]{43}$/), k: name }));

/** Text without lone surrogates, for which UTF-8 and canonical JSON have no form: they become U+FFFD. */
function wellFormed(limit: number) {
  return z
    .string()
    .max(limit)
    .overwrite((value) => (value.isWellFormed() ? value : value.toWellFormed()));
}

/**
 * An object of exactly these members. They are declared in the order of canonical JSON (RFC 8785: UTF-16 code units,
 * which is what `<` compares), so that what parsing gives back has its members in that order.
 */
function closed<Shape extends z.core.$ZodLooseShape>(members: Shape) {
  const inOrder = Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1));
  return z.strictObject(Object.fromEntries(inOrder) as Shape);
}

/** What every entry has. `time` is milliseconds since 1970 and never goes back within a log. */
const common = {
  _type: z.literal(ENTRY_TYPE),
  origin: z.string().max(253),
  epoch: count,
  seq: count,
  time: count,
  exchange: exchangeId.optional(),
  principal: principal.optional(),
  policyDigest: hex32.optional(),
  committed: committed.optional(),
};

/** The members of each kind beside the common ones. Closed: what is not listed is refused. */
const kinds = {
  decision: {
    verdict: z.enum(['allow', 'deny', 'hold']),
    rule: name,
    reason: text,
    bundle: name,
    method: name,
    authority: name,
    path: text,
    route: name,
    commands: z.array(closed({ kind: name, shape: name })),
    release: z.enum(['full', 'skip', 'tunnel']),
    planDigest: hex32.optional(),
    hold: name.optional(),
    labels: z.array(closed({ k: name, v: text })),
  },
  hold: {
    hold: name,
    version: count,
    transition: z.enum([
      'opened',
      'approved',
      'retracted',
      'rejected',
      'expired',
      'withdrawn',
      'granted',
      'consumed',
      'revoked',
      'broke_glass',
    ]),
    // What a grant is for: milliseconds, uses at most, and whether literals may differ (`statement`).
    grant: closed({ for: count, uses: count, match: name }).optional(),
    rule: name.optional(),
    requirements: z.array(z.array(closed({ group: name, count }))).optional(),
    expires: count.optional(),
    approver: approver.optional(),
    group: name.optional(),
    groups: z.array(name).optional(),
    stream: name.optional(),
    recovered: z.boolean().optional(),
  },
  response: {
    status: count,
    length: count,
    outcome: z.enum(['complete', 'local', 'refused', 'cut', 'aborted']),
    masks: z.array(closed({ rule: name, field: name, count })),
    recording: name.optional(),
    decision: closed({ origin: name, seq: count }).optional(),
    planDigest: hex32.optional(),
    detail: name.optional(),
    // The bundle that was in force when the response's head came: it may have masks of its own.
    respond: closed({ digest: hex32, rule: name, reason: text, planDigest: hex32.optional() }).optional(),
  },
  tunnel: { length: count, outcome: name, recording: name.optional() },
  session: { session: name, state: name },
  policy: {
    action: z.enum(['loaded', 'refused']),
    digest: name,
    revision: name,
    serial: count.optional(),
    code: name.optional(),
  },
  // `anchors`: addresses of time-stamping authorities and witnesses: whoever takes the anchors away is found.
  config: { digest: hex32, anchors: z.array(name).optional() },
  credential: { action: z.enum(['enrolled', 'removed']), credential: name },
  deviation: {
    state: z.enum(['opened', 'acknowledged', 'resolved']),
    what: name,
    detail: text,
    count,
    hold: name.optional(),
    // Of a step on one that was opened: `origin/seq` of that entry, and who took it.
    deviation: name.optional(),
    by: approver.optional(),
  },
  disclosure: { what: name, subject: name, reason: text, fields: z.array(name).optional() },
  // `entries`: sequence numbers, both ends included; every opening that an entry between them had is gone.
  erasure: {
    what: z.enum(['exchange', 'principal', 'before']),
    subject: name,
    reason: text,
    count,
    entries: z.array(closed({ first: count, last: count })),
    // Of content beside the openings: whose went, and of which store. `count` is of them then, and `entries` is empty.
    store: z.enum(['recordings', 'holds']).optional(),
    exchanges: z.array(name).optional(),
  },
  boot: { version: name, droppedBytes: count },
  heartbeat: {},
  keyRotate: { key: hex32 },
  close: {},
} as const;

/** Kinds of entries. */
export type EntryKind = keyof typeof kinds;

function entryOf<Kind extends EntryKind>(kind: Kind) {
  return closed({ ...common, kind: z.literal(kind), ...kinds[kind] });
}

/**
 * The closed schema of an entry: JCS bytes (RFC 8785) of exactly these members, `entryLimit` bytes at most. What it
 * gives back has its members in canonical order: `JSON.stringify` of that is the entry.
 */
export const entrySchema = z.discriminatedUnion('kind', [
  entryOf('decision'),
  entryOf('hold'),
  entryOf('response'),
  entryOf('tunnel'),
  entryOf('session'),
  entryOf('policy'),
  entryOf('config'),
  entryOf('credential'),
  entryOf('deviation'),
  entryOf('disclosure'),
  entryOf('erasure'),
  entryOf('boot'),
  entryOf('heartbeat'),
  entryOf('keyRotate'),
  entryOf('close'),
]);

/** One entry of the log. */
export type Entry = z.output<typeof entrySchema>;
