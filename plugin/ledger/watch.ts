import type { DecisionFacts, ResponseFacts } from '../audit/event.ts';

/** A deviation that decisions or responses show. */
export interface Seen {
  readonly what: string;
  readonly detail: string;
  readonly count: number;
}

/** Finds what should not be in what is entered: denials in a row, errors of the policy, responses that no mask could do. */
export interface Watch {
  allowed(facts: DecisionFacts): void;
  /** What a denial shows, or null. */
  denied(facts: DecisionFacts): Seen | null;
  responded(facts: ResponseFacts): Seen | null;
}

/** Principals whose denials are counted. */
const limit = 10_000;

/** Milliseconds in which one fault is told of once. */
const quiet = 60_000;

/** Our own rules by which a policy's fault is entered (`exchange/conclude.ts`), and how its reason begins. */
const policyFault = /^(countersign\/)?policy_(error|result)\b/;

/** @param row denials of one principal, without an allow between them, that are a deviation; and each doubling of it */
export function openWatch(row: number, now: () => number = Date.now): Watch {
  const rows = new Map<string, number>();
  const told = new Map<string, { at: number; passed: number }>();

  /** The first, and then once a minute with how many there were. */
  function once(what: string, detail: string): Seen | null {
    const key = `${what} ${detail}`;
    const last = told.get(key);
    if (last !== undefined && now() - last.at < quiet && now() >= last.at) {
      last.passed += 1;
      return null;
    }
    if (told.size >= limit) told.clear();
    told.set(key, { at: now(), passed: 0 });
    return { what, detail, count: 1 + (last?.passed ?? 0) };
  }

  return {
    allowed({ principal }) {
      if (principal !== null) rows.delete(nameOf(principal));
    },
    denied({ principal, rule, reason }) {
      if (policyFault.test(rule ?? '') || (rule === null && policyFault.test(reason ?? '')))
        return once('policy error', /policy_result/.test(`${rule} ${reason}`) ? 'policy_result' : 'policy_error');
      if (principal === null || principal.method === 'none') return null;
      const name = nameOf(principal);
      const count = (rows.get(name) ?? 0) + 1;
      rows.delete(name);
      rows.set(name, count);
      for (const oldest of rows.keys()) {
        if (rows.size <= limit) break;
        rows.delete(oldest);
      }
      const doublings = Math.log2(count / row);
      if (doublings < 0 || !Number.isInteger(doublings)) return null;
      return { what: 'denials in a row', detail: name.slice(0, 512), count };
    },
    responded({ outcome, detail }) {
      if ((outcome !== 'refused' && outcome !== 'cut') || !detail?.startsWith('mask_')) return null;
      return once('masking failure', detail);
    },
  };
}

function nameOf({ id, issuer }: { readonly id: string; readonly issuer: string }): string {
  return `principal ${id} of ${issuer}`;
}
