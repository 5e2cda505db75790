import type { DecisionFacts, Ledger } from './event.ts';

/** Denials of one source that are entered one by one: so many at once, and so many a second after those. */
const burst = 500;
const perSecond = 20;
/** Sources told apart; above that the strangers share one allowance. */
const sourceLimit = 1_000;
/** Milliseconds after which what was passed over is entered. */
const settleEvery = 10_000;

/** A ledger under a flood of denials: the disk is for allows (threat 24). */
export interface LimitedLedger extends Ledger {
  /** Enters what was passed over. Never rejects: what could not be entered is tried again with the next. */
  settle(): Promise<void>;
  /** Settles, and stops doing so by itself. */
  close(): Promise<void>;
}

interface Source {
  allowance: number;
  /** Milliseconds since 1970. */
  at: number;
  passed: number;
}

/**
 * Denials beyond a rate per source (the principal, or the address of who has none) are counted, and each source's count
 * is one `deviation` (`denials beyond the rate`) within ten seconds. So are all denials while the disk is `scarce`: what
 * is left of it is for allows. Allows, holds and responses are entered as ever.
 */
export function limitDenials(
  ledger: Ledger,
  now: () => number = Date.now,
  scarce: () => boolean = () => false,
): LimitedLedger {
  const sources = new Map<string, Source>();

  function sourceOf(name: string): Source {
    const key = sources.has(name) || sources.size < sourceLimit ? name : '';
    const source = sources.get(key) ?? { allowance: burst, at: now(), passed: 0 };
    sources.set(key, source);
    return source;
  }

  /** Whether this denial gets an entry of its own. */
  function admitted(name: string): boolean {
    const source = sourceOf(name);
    const time = now();
    // A clock that was set back earns nothing.
    const earned = (Math.max(0, time - source.at) / 1_000) * perSecond;
    source.allowance = Math.min(burst, source.allowance + earned);
    source.at = time;
    if (source.allowance < 1 || scarce()) {
      source.passed += 1;
      return false;
    }
    source.allowance -= 1;
    return true;
  }

  async function settle(): Promise<void> {
    for (const [name, source] of sources) {
      const { passed } = source;
      if (passed > 0) await enter(name, source, passed);
      else if (now() - source.at > (burst / perSecond) * 1_000) sources.delete(name);
    }
  }

  async function enter(name: string, source: Source, passed: number): Promise<void> {
    source.passed -= passed;
    const detail = name === '' ? 'of many sources' : name;
    const body = { state: 'opened', what: 'denials beyond the rate', detail, count: passed };
    try {
      await ledger.append({ kind: 'deviation', body });
    } catch {
      source.passed += passed;
    }
  }

  const ticker = setInterval(() => void settle(), settleEvery);
  ticker.unref();

  return {
    ...ledger,
    async denied(facts, verdict) {
      if (verdict !== 'deny' || admitted(nameOf(facts))) await ledger.denied(facts, verdict);
    },
    settle,
    close() {
      clearInterval(ticker);
      return settle();
    },
  };
}

/** Who floods: a name that a caller made long is cut, and another port is no other source. */
function nameOf({ principal, request }: DecisionFacts): string {
  const named = principal !== null && principal.method !== 'none';
  return (
    named ? `principal ${principal.id} of ${principal.issuer}` : `address ${request.source.replace(/:[0-9]+$/, '')}`
  ).slice(0, 512);
}
