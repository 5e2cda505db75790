import type { Entry } from './entry.ts';
import { type Holds, openHolds } from './holds.ts';
import { type Link, type Links, openLinks } from './links.ts';
import type { Exchanges, FindingCode, Findings } from './report.ts';

/** Follows exchanges and holds through the entries of all logs that are read together. */
export interface Correlation {
  /** One entry whose own form is good. `findings` are its log's. */
  entry(entry: Entry, where: string, findings: Findings): void;
  /** After the last log: what could only be judged once all were read. */
  settle(): Exchanges;
}

/** What a decision's sequence number stands for. One byte an entry is all that is kept of those that are settled. */
const states = { none: 0, denied: 1, unobserved: 2, open: 3, answered: 4 } as const;

interface LogDecisions {
  states: Uint8Array;
  /** Allows in order; the answered ones among them are dropped when they are more than the open ones. */
  readonly allows: Links;
  open: number;
}

/** A log that decided, and one that responded. */
interface Pair {
  readonly origin: string;
  readonly findings: Findings;
}

/** Why a response can't belong to the decision that it names, by the decision's state. */
const refusals: Readonly<Record<number, { readonly code: FindingCode; readonly message: string }>> = {
  [states.none]: { code: 'response_unknown_decision', message: 'is no decision entry before it' },
  [states.denied]: { code: 'response_not_allowed', message: 'is no allow' },
  [states.unobserved]: { code: 'response_not_allowed', message: 'says that no response is observed' },
  [states.answered]: { code: 'response_repeated', message: 'has a response already' },
};

/** Open allows that a report names. */
const namedOpen = 20;
/** Allows that are kept whether they are open or not. */
const leastAllows = 4_096;

/** Nothing read yet. */
export function openCorrelation(): Correlation {
  const logs = new Map<string, LogDecisions>();
  /** Responses whose decisions are in another log. */
  const later = openLinks();
  const pairs: Pair[] = [];
  const pairOf = new Map<Findings, Map<string, number>>();
  const holds: Holds = openHolds();
  const counts = { allows: 0, answered: 0, unobserved: 0, unasked: 0, elsewhere: 0 };

  function logOf(origin: string): LogDecisions {
    const log = logs.get(origin) ?? { states: new Uint8Array(1024), allows: openLinks(), open: 0 };
    logs.set(origin, log);
    return log;
  }

  function mark(log: LogDecisions, seq: number, state: number): void {
    if (seq >= log.states.length) {
      const larger = new Uint8Array(Math.max(seq + 1, log.states.length * 2));
      larger.set(log.states);
      log.states = larger;
    }
    log.states[seq] = state;
  }

  function decision(entry: Entry & { readonly kind: 'decision' }): void {
    const { verdict, release, planDigest } = entry;
    const log = logOf(entry.origin);
    const state = verdict !== 'allow' ? states.denied : release === 'full' ? states.open : states.unobserved;
    mark(log, entry.seq, state);
    if (state === states.unobserved) counts.unobserved += 1;
    if (state !== states.open) return;
    counts.allows += 1;
    if (log.allows.length > 2 * log.open + leastAllows) log.allows.keep((seq) => log.states[seq] === states.open);
    log.allows.push({ seq: entry.seq, by: entry.seq, pair: 0, exchange: entry.exchange, planDigest });
    log.open += 1;
  }

  function response(entry: Entry & { readonly kind: 'response' }, where: string, findings: Findings): void {
    if (entry.decision === undefined) {
      counts.unasked += 1;
      return;
    }
    const { origin, seq } = entry.decision;
    const link = { seq, by: entry.seq, pair: 0, exchange: entry.exchange, planDigest: entry.planDigest };
    if (origin === entry.origin) join(link, logOf(origin), origin, where, findings);
    else later.push({ ...link, pair: numberOf(origin, findings) });
  }

  function numberOf(origin: string, findings: Findings): number {
    const known = pairOf.get(findings) ?? new Map<string, number>();
    pairOf.set(findings, known);
    const number = known.get(origin) ?? pairs.push({ origin, findings }) - 1;
    known.set(origin, number);
    return number;
  }

  /** A response meets its decision. */
  function join(
    { seq, exchange, planDigest }: Link,
    log: LogDecisions,
    origin: string,
    where: string,
    findings: Findings,
  ): void {
    const name = `${origin}/${seq}`;
    const state = log.states[seq] ?? states.none;
    const refusal = refusals[state];
    if (refusal !== undefined) {
      findings.add(refusal.code, where, `its decision ${name} ${refusal.message}`);
      return;
    }
    const allow = log.allows.find(seq);
    log.open -= 1;
    mark(log, seq, states.answered);
    counts.answered += 1;
    if (allow?.exchange !== exchange)
      findings.add('response_exchange', where, `it names another exchange than its decision ${name}`);
    if (allow?.planDigest !== planDigest)
      findings.add('response_plan', where, `it was made under another plan than its decision ${name} says`);
  }

  return {
    entry(entry, where, findings) {
      if (entry.kind === 'decision') decision(entry);
      if (entry.kind === 'response') response(entry, where, findings);
      holds.entry(entry, where, findings);
    },
    settle() {
      for (let index = 0; index < later.length; index += 1) {
        const link = later.at(index);
        const pair = pairs[link.pair];
        const log = pair === undefined ? undefined : logs.get(pair.origin);
        if (pair === undefined || log === undefined) counts.elsewhere += 1;
        else join(link, log, pair.origin, `entry ${link.by}`, pair.findings);
      }
      const open = [...logs.values()].reduce((sum, log) => sum + log.open, 0);
      return { ...counts, open, openAt: [...openOf(logs)], holdsConsumed: holds.settle() };
    },
  };
}

/** Names of the first allows without a response. */
function* openOf(logs: ReadonlyMap<string, LogDecisions>): Generator<string> {
  let named = 0;
  for (const [origin, { states: stateOf, allows }] of logs)
    for (let index = 0; index < allows.length && named < namedOpen; index += 1) {
      const { seq } = allows.at(index);
      if (stateOf[seq] !== states.open) continue;
      named += 1;
      yield `${origin}/${seq}`;
    }
}
