import { hash } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { commitmentOf, newSecret, saltOf } from './commit.ts';
import { ENTRY_TYPE, type EntryKind, entryLimit, entrySchema } from './schema.ts';

/** What happened, as its room tells it. */
export interface EntryEvent {
  readonly kind: EntryKind;
  readonly exchange?: string;
  readonly principal?: {
    readonly id: string;
    readonly issuer: string;
    readonly groups: readonly string[];
    readonly actors: readonly { readonly id: string; readonly issuer: string }[];
  };
  readonly policyDigest?: string;
  /** The members of that kind (`schema.ts`). */
  readonly body: object;
  /** Field to value: the entry shows a salted commitment, the opening is kept on the erasable side. */
  readonly committed?: Readonly<Record<string, Uint8Array>>;
}

/** Where an entry stands. */
export interface Place {
  readonly origin: string;
  readonly epoch: number;
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** An entry ready to be signed. */
export interface SealedEntry {
  readonly bytes: Buffer;
  /** Hex SHA-256 of the bytes. */
  readonly digest: string;
  /** What opens its commitments; null when it has none. */
  readonly opening: Opening | null;
}

/** The secret of an entry and the values that it commits to. */
export interface Opening {
  readonly seq: number;
  readonly secret: Buffer;
  readonly values: Readonly<Record<string, Uint8Array>>;
}

/**
 * Makes an entry's bytes: what its schema gives back has its members in order, so that `JSON.stringify` is JCS (RFC 8785).
 * @throws CountersignError `audit_overload` when it is larger than an entry may be, or a member is not as its schema says
 */
export function seal(event: EntryEvent, { origin, epoch, seq, time }: Place): SealedEntry {
  const { kind, exchange, principal, policyDigest, body, committed } = event;
  const opening = committed === undefined ? null : { seq, secret: newSecret(), values: committed };
  const parsed = entrySchema.safeParse({
    ...body,
    _type: ENTRY_TYPE,
    kind,
    origin,
    epoch,
    seq,
    time,
    exchange,
    principal,
    policyDigest,
    committed: opening === null ? undefined : commitments(opening),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the entry';
    throw new CountersignError(
      'audit_overload',
      `an entry of kind ${kind} can't be written: ${where}: ${issue?.message}`,
    );
  }
  const bytes = Buffer.from(JSON.stringify(parsed.data));
  if (bytes.length > entryLimit)
    throw new CountersignError(
      'audit_overload',
      `an entry of kind ${kind} takes ${bytes.length} bytes, ${entryLimit} are allowed`,
    );
  return { bytes, digest: hash('sha256', bytes, 'hex'), opening };
}

function commitments({ secret, values }: Opening): object[] {
  return Object.keys(values)
    .sort()
    .map((k) => ({ c: commitmentOf(saltOf(secret, k), k, values[k] ?? new Uint8Array(0)), k }));
}
