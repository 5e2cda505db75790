import type { Entry } from './entry.ts';
import { type Holds, openHolds } from './holds.ts';
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

interface OpenAllow {
  readonly exchange: string | undefined;
  readonly planDigest: string | undefined;
}

interface LogDecisions {
  states: Uint8Array;
  readonly open: Map<number, OpenAllow>;
}

interface Response {
  readonly origin: string;
  readonly seq: number;
  readonly exchange: string | undefined;
  readonly planDigest: string | undefined;
  readonly where: string;
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

/** Nothing read yet. */
export function openCorrelation(): Correlation {
  const logs = new Map<string, LogDecisions>();
  const later: Response[] = [];
  const holds: Holds = openHolds();
  const counts = { allows: 0, answered: 0, unobserved: 0, unasked: 0, elsewhere: 0 };

  function logOf(origin: string): LogDecisions {
    const log = logs.get(origin) ?? { states: new Uint8Array(1024), open: new Map() };
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
    log.open.set(entry.seq, { exchange: entry.exchange, planDigest });
  }

  function response(entry: Entry & { readonly kind: 'response' }, where: string, findings: Findings): void {
    if (entry.decision === undefined) {
      counts.unasked += 1;
      return;
    }
    const { origin, seq } = entry.decision;
    const link = { origin, seq, exchange: entry.exchange, planDigest: entry.planDigest, where, findings };
    if (origin === entry.origin) join(link, logOf(origin));
    else later.push(link);
  }

  /** A response meets its decision. */
  function join({ origin, seq, exchange, planDigest, where, findings }: Response, log: LogDecisions): void {
    const name = `${origin}/${seq}`;
    const state = log.states[seq] ?? states.none;
    const refusal = refusals[state];
    if (refusal !== undefined) {
      findings.add(refusal.code, where, `its decision ${name} ${refusal.message}`);
      return;
    }
    const allow = log.open.get(seq);
    log.open.delete(seq);
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
      for (const link of later.splice(0)) {
        const log = logs.get(link.origin);
        if (log === undefined) counts.elsewhere += 1;
        else join(link, log);
      }
      const open = [...logs].flatMap(([origin, log]) => [...log.open.keys()].map((seq) => `${origin}/${seq}`));
      return { ...counts, open: open.length, openAt: open.slice(0, namedOpen), holdsConsumed: holds.settle() };
    },
  };
}
