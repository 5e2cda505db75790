import type { Closed, View } from '../../hold/desk.ts';
import type { Deviation } from '../../ledger/deviations.ts';

/** What the API sends, as the page reads it. The server's own types: what they lack, the page can't show. */
export type { Closed, Deviation, View };

/** Why the API refused (RFC 9457), or why it could not be asked (`code` is `offline`). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/** One way to sign in. */
export interface Login {
  readonly id: string;
  readonly kind: 'oidc' | 'saml';
  readonly label: string;
  readonly url: string;
}

/** A passkey that this viewer enrolled; `created` in milliseconds since 1970. */
export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly created: number;
}

/** Who is signed in. */
export interface Session {
  readonly viewer: {
    readonly id: string;
    readonly issuer: string;
    readonly name: string;
    readonly email?: string;
    readonly groups: readonly string[];
    readonly kind: string;
  };
  readonly csrf: string;
  readonly roles: readonly string[];
  /** Milliseconds since 1970; null when it does not say. */
  readonly expires: number | null;
  readonly login: readonly Login[];
  readonly passkeys: readonly Passkey[];
  readonly version: string;
}

/** What the event stream says of a hold or a deviation: no more than that it changed. */
export interface Change {
  readonly id: string;
  readonly state: string;
  readonly version: number;
}

/** How one of a batch went. */
export type BatchResult =
  | { readonly id: string; readonly hold: View }
  | { readonly id: string; readonly code: string; readonly detail: string };
