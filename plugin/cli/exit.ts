import { CountersignError, type ErrorCode } from '../errors.ts';

/** Exit statuses, after BSD's sysexits(3). `docs/reference.md` lists them; a test compares. */
export const exitStatus = {
  ok: 0,
  failed: 1,
  usage: 64,
  data: 65,
  unavailable: 69,
  internal: 70,
  retry: 75,
  permission: 77,
  config: 78,
} as const;

const byCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  usage: exitStatus.usage,
  config_invalid: exitStatus.config,
  policy_missing: exitStatus.config,
  policy_invalid: exitStatus.config,
  audit_damaged: exitStatus.data,
  audit_locked: exitStatus.retry,
  key_invalid: exitStatus.permission,
  token_invalid: exitStatus.permission,
  forbidden: exitStatus.permission,
  tool_missing: exitStatus.unavailable,
  unavailable: exitStatus.unavailable,
  internal: exitStatus.internal,
};

/** The exit status for a thrown value. */
export function exitFor(error: unknown): number {
  return error instanceof CountersignError ? (byCode[error.code] ?? exitStatus.failed) : exitStatus.internal;
}

/** What a person reads of a thrown value: our message as it is, a fault of ours with its stack. */
export function messageFor(error: unknown): string {
  if (error instanceof CountersignError) return error.message;
  return error instanceof Error ? `internal fault, please report it: ${error.stack ?? error.message}` : String(error);
}
