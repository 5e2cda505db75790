import type { CountersignError } from './errors.ts';
import { type AdmitParts, admit, type Patience } from './exchange/admit.ts';
import type { Answer, Deny } from './exchange/answer.ts';
import { unreadable } from './exchange/conclude.ts';
import { type Granted, type Opened, underGrant } from './exchange/granted.ts';
import { type Opening, openRelease, type ReleaseParts } from './exchange/release.ts';
import type { Request } from './request.ts';

export type { Allow, Answer, Deny, Pair } from './exchange/answer.ts';
export type { Opening, Release, Reply } from './exchange/release.ts';

/** The product in two functions. */
export interface Exchange {
  /** identify, understand the command, decide, hold, append, answer. Never rejects: a fault is a denial. */
  admit(request: Request, patience: Patience): Promise<Answer>;
  /** What was no Check: entered and denied. Never rejects. */
  unreadable(error: unknown): Promise<Deny>;
  /**
   * plan, rewrite, record, append, finish: opened by a response's head, driven by its messages. `cut` resets its stream:
   * a grant that is revoked ends what runs under it.
   */
  release(opening: Opening, cut: (error: CountersignError) => void): Opened;
}

/** Both halves on the same parts. What travels between them goes through the proxy (`exchange/travel.ts`). */
export function openExchange(parts: AdmitParts & ReleaseParts & { readonly granted: Granted }): Exchange {
  return {
    admit: (request, patience) => admit(parts, request, patience),
    unreadable: (error) => unreadable(parts, error),
    release: (opening, cut) => underGrant(parts.granted, openRelease(parts, opening), opening.endOfStream, cut),
  };
}
