import { hash } from 'node:crypto';

/** Bytes of a block of SHA-256, and of its digest. */
const blockBytes = 64;
const digestBytes = 32;
const innerPad = 0x36;
const outerPad = 0x5c;

/**
 * HMAC-SHA-256 (RFC 2104) under a key of 32 bytes. `createHmac` takes 15 us to be set up, two one-shot hashes take one;
 * an entry with three commitments needs six of them.
 * @throws RangeError for a key of another length
 */
export function hmac(key: Uint8Array, message: Uint8Array, encoding: 'base64url' | 'binary'): string {
  if (key.length !== digestBytes) throw new RangeError(`expected a key of ${digestBytes} bytes, got ${key.length}`);
  const inner = padded(key, innerPad, message.length);
  inner.set(message, blockBytes);
  const outer = padded(key, outerPad, digestBytes);
  outer.write(hash('sha256', inner, 'binary'), blockBytes, 'binary');
  return hash('sha256', outer, encoding);
}

/** The key's block, with room for what follows it. */
function padded(key: Uint8Array, pad: number, room: number): Buffer {
  const bytes = Buffer.allocUnsafe(blockBytes + room).fill(pad, digestBytes, blockBytes);
  for (let at = 0; at < digestBytes; at += 1) bytes[at] = (key[at] ?? 0) ^ pad;
  return bytes;
}
