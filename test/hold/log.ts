import { CountersignError } from '../../plugin/errors.ts';
import type { Emit } from '../../plugin/hold/journal.ts';
import type { Receipt } from '../../plugin/hold/store.ts';

type Event = Parameters<Emit>[0];

/** A log in memory: entries as `audit.entry(seq)` gives them, members of the body beside the common ones. */
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
      events.push(event);
      entries.push({ kind: event.kind, origin, seq, time: now(), exchange: event.exchange, ...event.body });
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
