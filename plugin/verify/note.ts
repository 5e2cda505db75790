import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { sha256 } from './merkle.ts';

/** A log's Ed25519 key with the name it signs under (C2SP signed-note). */
export interface NoteKey {
  readonly origin: string;
  /** 32 raw bytes. */
  readonly raw: Buffer;
  /** SHA-256 over name, newline, algorithm and key: its first four bytes are the note's hint, all 32 the log's id. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** What a checkpoint says, once its form and its signature are good. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** Why a checkpoint was not accepted. */
export interface Refusal {
  readonly reason: 'malformed' | 'signature' | 'origin';
  readonly message: string;
}

const ed25519 = 1;
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** The log's key from its name and raw bytes. @throws when the bytes are no Ed25519 key */
export function noteKey(origin: string, raw: Buffer): NoteKey {
  const id = sha256(Buffer.concat([Buffer.from(`${origin}\n`), Buffer.from([ed25519]), raw]));
  return {
    origin,
    raw,
    id,
    key: createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' }),
  };
}

/** The one encoding of a verifier key: `<origin>+<hint>+<base64>`. */
export function vkeyText({ origin, raw, id }: NoteKey): string {
  return `${origin}+${id.toString('hex', 0, 4)}+${Buffer.concat([Buffer.from([ed25519]), raw]).toString('base64')}`;
}

/** Reads a verifier key, strictly: what is not its one encoding is null. */
export function readVkey(line: string): NoteKey | null {
  const [origin, , key] = /^([a-z0-9.-]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(line)?.slice(1) ?? [];
  if (origin === undefined || key === undefined) return null;
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== 33 || bytes[0] !== ed25519) return null;
  const read = noteKey(origin, bytes.subarray(1));
  return vkeyText(read) === line ? read : null;
}

/**
 * Reads a signed checkpoint (C2SP tlog-checkpoint): three lines, an empty one, the log's signature first. Witnesses'
 * lines may follow.
 */
export function readCheckpoint(text: string, key: NoteKey): Checkpoint | Refusal {
  const malformed = (message: string): Refusal => ({ reason: 'malformed', message });
  const [, body, origin, size, root, rest] =
    /^(([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n((?:— [^\n ]+ [A-Za-z0-9+/]+={0,2}\n)+)$/.exec(text) ??
    [];
  if (body === undefined || origin === undefined || size === undefined || root === undefined || rest === undefined)
    return malformed('expected origin, size and root on three lines, an empty line, and signature lines');
  if (!Number.isSafeInteger(Number(size))) return malformed('the size is above 2^53-1');
  const digest = Buffer.from(root, 'base64');
  if (digest.toString('base64') !== root) return malformed('the root is not the one base64 form of its bytes');
  if (origin !== key.origin)
    return { reason: 'origin', message: `it is of ${printable(origin)}, the log's key is of ${key.origin}` };
  const [line = ''] = rest.split('\n');
  const [, name = '', encoded = ''] = line.split(' ');
  const signature = Buffer.from(encoded, 'base64');
  if (signature.toString('base64') !== encoded)
    return malformed('the signature is not the one base64 form of its bytes');
  if (name !== key.origin || !signature.subarray(0, 4).equals(key.id.subarray(0, 4)) || signature.length !== 68)
    return { reason: 'signature', message: `its first signature is not by the key of ${key.origin}` };
  if (!verify(null, Buffer.from(body), key.key, signature.subarray(4)))
    return { reason: 'signature', message: `its signature does not verify under the key of ${key.origin}` };
  return { origin, size: Number(size), root: digest };
}

/** Text of unknown origin, shortened and without control characters, fit for a message. */
export function printable(text: string): string {
  return text.slice(0, 120).replace(/[^\x20-\x7e]/g, '?');
}
