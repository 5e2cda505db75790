import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

const ed25519 = 1;

/** The name of a log's key: 32 bytes, of which the first four are the hint in a note (C2SP signed-note). */
export function logId(origin: string, key: KeyObject): Buffer {
  return createHash('sha256')
    .update(`${origin}\n`)
    .update(Buffer.from([ed25519]))
    .update(rawKey(key))
    .digest();
}

/** The verifier key: `origin+hint+base64(01 || key)`. */
export function vkeyOf(origin: string, key: KeyObject): string {
  const hint = logId(origin, key).toString('hex', 0, 4);
  return `${origin}+${hint}+${Buffer.concat([Buffer.from([ed25519]), rawKey(key)]).toString('base64')}`;
}

/** A signed checkpoint (C2SP tlog-checkpoint): origin, size and root on three lines, then the log's signature. */
export function checkpointOf(origin: string, size: number, root: Buffer, key: KeyObject): string {
  const body = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const signature = Buffer.concat([
    logId(origin, createPublicKey(key)).subarray(0, 4),
    sign(null, Buffer.from(body), key),
  ]);
  return `${body}\n— ${origin} ${signature.toString('base64')}\n`;
}

/** What a checkpoint says. */
export interface Checkpoint {
  readonly origin: string;
  /** Leaves that it covers. */
  readonly size: number;
  readonly root: Buffer;
}

/** Reads a checkpoint that is ours; null when it is malformed. Its signature is not checked here. */
export function readCheckpoint(text: string): Checkpoint | null {
  const [, origin, size, root] = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n\n/.exec(text) ?? [];
  if (origin === undefined || root === undefined) return null;
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
}

/** Whether the first signature of a checkpoint is the log's. `key` is its public key. */
export function isSignedBy(text: string, origin: string, key: KeyObject): boolean {
  const [, body, name, blob = ''] = /^([^\n]+\n[^\n]+\n[^\n]+\n)\n— ([^\n ]+) ([A-Za-z0-9+/=]+)\n/.exec(text) ?? [];
  const signature = Buffer.from(blob, 'base64');
  if (body === undefined || name !== origin || !signature.subarray(0, 4).equals(logId(origin, key).subarray(0, 4)))
    return false;
  return verify(null, Buffer.from(body), key, signature.subarray(4));
}

/** The last 32 bytes of an Ed25519 SPKI are the key (RFC 8410 section 4). */
function rawKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}
