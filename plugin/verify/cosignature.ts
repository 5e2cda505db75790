import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { sha256 } from './merkle.ts';

/** A witness's key with the name it signs under (C2SP tlog-cosignature). */
export interface WitnessKey {
  readonly name: string;
  /** The first four bytes of what its lines hold. */
  readonly hint: Buffer;
  readonly key: KeyObject;
}

/** `cosignature/v1` with Ed25519. */
const cosignatureV1 = 4;
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Reads `name+hint+base64(04 || key)`; null when it is none, or its hint is another key's. */
export function readWitnessKey(vkey: string): WitnessKey | null {
  const [, name, hint, encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (name === undefined || bytes.length !== 33 || bytes[0] !== cosignatureV1) return null;
  if (bytes.toString('base64') !== encoded) return null;
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), bytes])).subarray(0, 4);
  if (id.toString('hex') !== hint) return null;
  const spki = Buffer.concat([spkiPrefix, bytes.subarray(1)]);
  return { name, hint: id, key: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

/** What a note has of one witness: no line, one that is wrong, or one with its time (milliseconds since 1970). */
export type Cosigned = 'none' | 'wrong' | { readonly time: number };

/** Looks for a witness's line behind the log's own in a checkpoint. */
export function cosignedBy(note: string, { name, hint, key }: WitnessKey): Cosigned {
  const end = note.indexOf('\n\n') + 1;
  for (const line of note.slice(end + 1).split('\n')) {
    const [, signer, encoded = ''] = line.split(' ');
    const bytes = Buffer.from(encoded, 'base64');
    if (signer !== name || !bytes.subarray(0, 4).equals(hint)) continue;
    if (bytes.length !== 4 + 8 + 64) return 'wrong';
    const seconds = bytes.readBigUInt64BE(4);
    const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${note.slice(0, end)}`);
    return verify(null, message, key, bytes.subarray(12)) ? { time: Number(seconds) * 1_000 } : 'wrong';
  }
  return 'none';
}
