import { z } from 'zod';
import type { EntryEvent, Receipt } from '../audit/log.ts';
import { CountersignError } from '../errors.ts';
import { type Approver, relation } from '../hold/people.ts';
import type { Principal } from '../request.ts';

/** Something that should not have been, until somebody signed it off. Times in milliseconds since 1970. */
export interface Deviation {
  /** `origin/seq` of the entry that opened it. */
  readonly id: string;
  readonly what: string;
  readonly detail: string;
  readonly count: number;
  readonly hold: string | null;
  readonly state: 'opened' | 'acknowledged' | 'resolved';
  readonly at: number;
  /** Who did it, where somebody did: they can't sign it off. */
  readonly by: Approver | null;
  /** Who took the last step, and when. */
  readonly signed: { readonly by: Approver; readonly at: number } | null;
}

/** A step on a deviation. Who takes it is a verified identity. */
export interface SignOff {
  readonly id: string;
  readonly by: Principal;
  readonly reason: string | null;
}

/** The deviations of a log. Each step is an entry before anybody sees it. */
export interface Deviations {
  /** All that are not resolved, and the latest that are, the newest first. @throws CountersignError `forbidden` */
  list(viewer: Principal): Promise<readonly Deviation[]>;
  /** Somebody looks into it. @throws CountersignError `hold_unknown`, `hold_self`, `hold_state`, `forbidden` */
  acknowledge(signOff: SignOff): Promise<Deviation>;
  /** It is settled. @throws as `acknowledge`; `usage` without a reason */
  resolve(signOff: SignOff): Promise<Deviation>;
  /** Hears of each that opens or changes. Gives back what ends it. */
  watch(listener: (deviation: Deviation) => void): () => void;
  /** An entry became durable: the ledger tells of each. */
  entered(event: EntryEvent, receipt: Receipt): void;
}

/** What they stand on. */
export interface DeviationParts {
  readonly append: (event: EntryEvent) => Promise<Receipt>;
  /** Entries of the log in order, from the first. */
  readonly history: () => AsyncIterable<unknown>;
  /** The group that signs them off. */
  readonly group: string;
  readonly now?: () => number;
}

/** Deviations that are kept at hand: beyond that the oldest that were resolved go, and then the oldest. */
const limit = 1_000;

const approver = z.object({ id: z.string(), issuer: z.string(), person: z.string().optional() });

const entrySchema = z.looseObject({
  kind: z.literal('deviation'),
  origin: z.string(),
  seq: z.number(),
  time: z.number(),
  state: z.enum(['opened', 'acknowledged', 'resolved']),
  what: z.string(),
  detail: z.string(),
  count: z.number(),
  hold: z.string().optional(),
  deviation: z.string().optional(),
  by: approver.optional(),
});

/** What a hole in the log looks like when the next process begins. */
const bootSchema = z.looseObject({
  kind: z.literal('boot'),
  origin: z.string(),
  seq: z.number(),
  time: z.number(),
  droppedBytes: z.number().min(1),
});

/** Opens them; those of earlier processes are read from the log in the background. */
export function openDeviations(parts: DeviationParts): Deviations {
  const { append, group, now = Date.now } = parts;
  const known = new Map<string, Deviation>();
  const listeners = new Set<(deviation: Deviation) => void>();
  const restored = restore();
  restored.catch(() => {});

  async function restore(): Promise<void> {
    for await (const entry of parts.history()) take(entry);
  }

  function take(entry: unknown): Deviation | null {
    const boot = bootSchema.safeParse(entry);
    if (boot.success) return keep(holeOf(boot.data));
    const parsed = entrySchema.safeParse(entry);
    if (!parsed.success) return null;
    const { origin, seq, time: at, state, what, detail, count, hold = null, deviation, by } = parsed.data;
    const person = by === undefined ? null : { ...by, person: by.person ?? null };
    if (deviation === undefined) {
      const opened = { what, detail, count, hold, state, at, by: person, signed: null };
      return keep({ id: `${origin}/${seq}`, ...opened });
    }
    const before = known.get(deviation);
    if (before === undefined || person === null) return null;
    return keep({ ...before, state, signed: { by: person, at } });
  }

  /** A later state is never replaced by one that the history tells of afterwards. */
  function keep(deviation: Deviation): Deviation {
    const before = known.get(deviation.id);
    if (before !== undefined && order[before.state] >= order[deviation.state]) return before;
    known.set(deviation.id, deviation);
    if (known.size > limit) {
      const resolved = known.values().find(({ state }) => state === 'resolved');
      known.delete((resolved ?? known.values().next().value ?? deviation).id);
    }
    for (const listener of [...listeners]) listener(deviation);
    return deviation;
  }

  async function step(state: 'acknowledged' | 'resolved', { id, by, reason }: SignOff): Promise<Deviation> {
    requireMember(by, group);
    await restored;
    const before = known.get(id);
    if (before === undefined) throw new CountersignError('hold_unknown', 'no such deviation');
    if (order[before.state] >= order[state])
      throw new CountersignError('hold_state', `the deviation is ${before.state} already`);
    if (state === 'resolved' && !reason?.trim())
      throw new CountersignError('usage', 'a deviation is resolved with a reason: what was found');
    if (before.by !== null && relation(before.by, by) !== 'other')
      throw new CountersignError(
        'hold_self',
        'you, or somebody whom nobody can tell from you, did it: another must look',
      );
    const { what, detail, count, hold } = before;
    const person = by.person === null ? {} : { person: by.person };
    await append({
      kind: 'deviation',
      body: {
        ...{ state, what, detail, count, deviation: id, by: { id: by.id, issuer: by.issuer, ...person } },
        ...(hold === null ? {} : { hold }),
      },
      ...(reason === null ? {} : { committed: { reason: Buffer.from(reason) } }),
    });
    const signed = { by: { id: by.id, issuer: by.issuer, person: by.person }, at: now() };
    return keep({ ...before, state, signed });
  }

  return {
    async list(viewer) {
      requireMember(viewer, group);
      await restored;
      return [...known.values()].toSorted((one, other) => other.at - one.at);
    },
    acknowledge: (signOff) => step('acknowledged', signOff),
    resolve: (signOff) => step('resolved', signOff),
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    entered({ kind, body }, { origin, seq }) {
      if (kind === 'deviation') take({ ...body, kind, origin, seq, time: now() });
    },
  };
}

const order = { opened: 0, acknowledged: 1, resolved: 2 } as const;

function holeOf({ origin, seq, time, droppedBytes }: z.output<typeof bootSchema>): Deviation {
  return {
    id: `${origin}/${seq}`,
    what: 'hole in the log',
    detail: `${droppedBytes} bytes at its end were never whole: the process before ended while it wrote`,
    ...{ count: 1, hold: null, state: 'opened', at: time, by: null, signed: null },
  };
}

function requireMember(by: Principal, group: string): void {
  if (by.kind === 'human' && by.actors.length === 0 && by.groups.includes(group)) return;
  throw new CountersignError('forbidden', `deviations are for humans of the group ${group}`);
}
