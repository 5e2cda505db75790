import type { JsonObject, Principal, Request } from '../request.ts';
import type { EntryEvent, Receipt } from './log.ts';

/** What admit decided about one request. */
export interface DecisionFacts {
  readonly exchange: string;
  readonly request: Request;
  /** Null when nobody could be identified. */
  readonly principal: Principal | null;
  readonly commands: readonly { readonly kind: string; readonly shape: string }[];
  readonly commandText: string | null;
  readonly rule: string | null;
  readonly reason: string | null;
  /** The bundle's revision, empty without a policy. */
  readonly bundle: string;
  readonly policyDigest: string | null;
  readonly release: 'full' | 'skip';
  readonly planDigest: string | null;
  readonly hold: string | null;
  readonly labels: JsonObject;
}

/** How a response ended: whole, the proxy's own, refused before its head, cut after it, or left by the caller. */
export type ReleaseOutcome = 'complete' | 'local' | 'refused' | 'cut' | 'aborted';

/** What the caller got, and what was masked in it. */
export interface ResponseFacts {
  /** Null for a response that no decision of ours stands behind. */
  readonly exchange: string | null;
  readonly status: number;
  /** Bytes of the body as the caller got it. */
  readonly length: number;
  /** SHA-256 of that body; committed, never in clear. */
  readonly digest: Uint8Array;
  readonly outcome: ReleaseOutcome;
  readonly masks: readonly { readonly rule: string; readonly field: string; readonly count: number }[];
  readonly recording: string | null;
  readonly decision: { readonly origin: string; readonly seq: number } | null;
  readonly policyDigest: string | null;
  readonly planDigest: string | null;
  readonly detail: string | null;
  /** The bundle that was asked about the response, what it said, and the plan that its masks made. */
  readonly respond?: {
    readonly digest: string;
    readonly rule: string;
    readonly reason: string;
    readonly planDigest?: string;
  };
}

/** Where events become entries. */
export interface Ledger {
  /** Any event of a room. Resolves when its entry is durable. @throws CountersignError `audit_broken` | `audit_overload` */
  append(event: EntryEvent): Promise<Receipt>;
  /** An allow: nothing is answered before this resolves (invariant 1). */
  allowed(facts: DecisionFacts): Promise<Receipt>;
  /**
   * A denial, or a hold that goes on: may leave without an entry when the log is broken or overloaded. Those are
   * counted and entered as one deviation as soon as the log takes entries again. Never rejects.
   */
  denied(facts: DecisionFacts, verdict: 'deny' | 'hold'): Promise<void>;
  /** A response: its end is not let go before this resolves (invariant 3). */
  responded(facts: ResponseFacts): Promise<void>;
  /** Something that should not happen, entered beside a refusal. Never rejects. */
  deviation(what: string, detail: string, exchange: string | null): Promise<void>;
}
