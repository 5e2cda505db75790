import { z } from 'zod';
import { codeOf } from '../errors.ts';
import type { Approval, HoldRecord } from './record.ts';
import { isMet } from './requirement.ts';
import type { Receipt, Stored } from './store.ts';

/** The entry of that number, read back from the signed log. Rejects with `audit_unknown` past its end. */
export type Evidence = (seq: number) => Promise<unknown>;

/** What we look at in an entry of a hold; what else is in it does not matter here. */
const entrySchema = z.looseObject({
  kind: z.string(),
  origin: z.string(),
  seq: z.number(),
  time: z.number(),
  hold: z.string().optional(),
  transition: z.string().optional(),
  version: z.number().optional(),
  approver: z.object({ id: z.string(), issuer: z.string(), person: z.string().optional() }).optional(),
  groups: z.array(z.string()).optional(),
  stream: z.string().optional(),
  recovered: z.boolean().optional(),
});

type HoldEntry = z.output<typeof entrySchema>;

/** Entries that are looked through for a use before the last restart. */
const historyLimit = 20_000;

/** Transitions after which an earlier approval is worth nothing. */
const endings: ReadonlySet<string> = new Set(['consumed', 'rejected', 'expired', 'withdrawn', 'revoked']);

/**
 * Why the signed log does not bear out that a hold is approved, or null when it does (threat 6): each of its approvals
 * has its entry, which says the same, they suffice, none is too old, and none was used before `since` (milliseconds
 * since 1970; the desk itself knows what was used later).
 */
export async function unprovenApproval(
  stored: Stored,
  evidence: Evidence,
  at: { readonly now: number; readonly since: number },
): Promise<string | null> {
  const { hold } = stored;
  const last = await lastApproval(stored, evidence);
  if (typeof last === 'string') return last;
  if (last.time + hold.spec.validForMs <= at.now) return 'its approvals have ended';
  return last.time < at.since ? endedSince(hold.id, last.seq, evidence, at.since) : null;
}

/** True when the signed log says that this stream consumed the hold, and that it was approved. */
export async function provenConsumption(stored: Stored, evidence: Evidence): Promise<boolean> {
  const { hold, receipts } = stored;
  const entry = await read(evidence, receipts[hold.version]);
  const said =
    entry !== null &&
    entry.hold === hold.id &&
    entry.transition === 'consumed' &&
    entry.version === hold.version &&
    entry.stream === hold.consumed?.httpId;
  return said && typeof (await lastApproval(stored, evidence)) !== 'string';
}

/** The entry of the latest approval, when all have one and they suffice; what is wrong otherwise. */
async function lastApproval({ hold, receipts }: Stored, evidence: Evidence): Promise<HoldEntry | string> {
  let last: HoldEntry | null = null;
  for (const approval of hold.approvals) {
    const entry = await read(evidence, receipts[approval.version]);
    if (entry === null || !says(entry, hold, approval))
      return `no entry of the log says what its approval in version ${approval.version} says`;
    if (last === null || entry.seq > last.seq) last = entry;
  }
  return last !== null && isMet(hold.spec.anyOf, hold.approvals) ? last : 'its approvals do not suffice';
}

async function read(evidence: Evidence, receipt: Receipt | undefined): Promise<HoldEntry | null> {
  if (receipt === undefined) return null;
  const entry = await lookUp(evidence, receipt.seq);
  return entry !== null && entry.kind === 'hold' && entry.origin === receipt.origin ? entry : null;
}

async function lookUp(evidence: Evidence, seq: number): Promise<HoldEntry | null> {
  try {
    const parsed = entrySchema.safeParse(await evidence(seq));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (codeOf(error) === 'audit_unknown') return null;
    throw error;
  }
}

function says(entry: HoldEntry, hold: HoldRecord, { version, approver, groups }: Approval): boolean {
  return (
    entry.hold === hold.id &&
    entry.transition === 'approved' &&
    entry.version === version &&
    entry.recovered !== true &&
    entry.approver?.id === approver.id &&
    entry.approver.issuer === approver.issuer &&
    (entry.approver.person ?? null) === approver.person &&
    groups.every((group) => entry.groups?.includes(group))
  );
}

/** Looks from the last approval to the last restart: a row of the store may have been set back. */
async function endedSince(id: string, from: number, evidence: Evidence, since: number): Promise<string | null> {
  for (let seq = from + 1; seq <= from + historyLimit; seq++) {
    const entry = await lookUp(evidence, seq);
    if (entry === null || entry.time > since) return null;
    if (entry.hold === id && endings.has(entry.transition ?? '')) return `the log says that it was ${entry.transition}`;
  }
  return `more than ${historyLimit} entries were written since it was approved`;
}
