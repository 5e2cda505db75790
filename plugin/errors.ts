/**
 * The closed list of what can go wrong. Each edge (gRPC, HTTP, CLI) maps a code to its own status in one table.
 */
export type ErrorCode =
  | 'usage'
  | 'config_invalid'
  | 'policy_missing'
  | 'policy_invalid'
  | 'policy_error'
  | 'policy_result'
  | 'response_denied'
  | 'check_malformed'
  | 'process_malformed'
  | 'identity_conflict'
  | 'identity_missing'
  | 'token_invalid'
  | 'forbidden'
  | 'hold_impossible'
  | 'hold_limit'
  | 'hold_unknown'
  | 'hold_state'
  | 'hold_self'
  | 'mask_invalid'
  | 'mask_impossible'
  | 'release_unknown'
  | 'record_failed'
  | 'record_unknown'
  | 'audit_broken'
  | 'audit_damaged'
  | 'audit_locked'
  | 'audit_overload'
  | 'audit_unknown'
  | 'key_invalid'
  | 'deadline'
  | 'cancelled'
  | 'tool_missing'
  | 'unavailable'
  | 'internal';

/**
 * The one error class. The message says what was expected, what came, and what to do; it never quotes a body, a token
 * or any other content of an exchange (architecture invariant 7).
 */
export class CountersignError extends Error {
  readonly code: ErrorCode;
  /** Seconds after which it may go better; null when nobody knows. */
  readonly retryAfter: number | null;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown; readonly retryAfter?: number }) {
    super(message, options);
    this.name = 'CountersignError';
    this.code = code;
    this.retryAfter = options?.retryAfter ?? null;
  }
}

/** The code of any thrown value: ours when it is one of ours, `internal` otherwise. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof CountersignError ? error.code : 'internal';
}
