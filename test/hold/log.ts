import { ENTRY_TYPE, entrySchema } from '../../plugin/audit/schema.ts';
import { CountersignError } from '../../plugin/errors.ts';
import type { Emit } from '../../plugin/hold/journal.ts';
import type { Receipt } from '../../plugin/hold/store.ts';

type Event = Parameters<Emit>[0];

/** A log in memory: entries as `audit.entry(seq)` gives them, of the log's own schema. */
export function memoryLog(now: () => number, origin = 'e1.test.example') {
  const entries: Record<string, unknown>[] = [];
  const events: Event[] = [];
  const log = {
    entries,
    events,
    /** Set to make `emit` fail. */
    broken: false,
    /** Called before an entry is written; what it returns is awaited. */
    before: async (_: Event): Promise<void> => {},
    async emit(event: Event): Promise<Receipt> {
      await log.before(event);
      if (log.broken) throw new CountersignError('audit_broken', 'the log is broken');
      const seq = entries.length;
      const { body, committed: _, ...common } = { committed: {}, ...event };
      entries.push(entrySchema.parse({ _type: ENTRY_TYPE, origin, epoch: 1, seq, time: now(), ...common, ...body }));
      events.push(event);
      return { origin, seq, digest: 'ab'.repeat(32) };
    },
    async evidence(seq: number): Promise<unknown> {
      const entry = entries[seq];
      if (entry === undefined) throw new CountersignError('audit_unknown', 'no such entry');
      return entry;
    },
    /** Transitions in order. */
    transitions: () => events.map((event) => (event.kind === 'hold' ? event.body.transition : event.kind)),
  };
  return log;
}
