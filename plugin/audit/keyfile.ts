import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { CountersignError } from '../errors.ts';

/** Kinds of keys that a log has: P-256 signs batches, Ed25519 signs checkpoints. */
const kinds = {
  p256: { type: 'ec', generate: () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey },
  ed25519: { type: 'ed25519', generate: () => generateKeyPairSync('ed25519').privateKey },
} as const;

/**
 * A private key from its PEM file; made there, mode 0600 and durable, when the file is missing and `make` says so.
 * @throws CountersignError `key_invalid` when it is missing, readable by others, or no key of that kind
 */
export function privateKey(file: string, kind: keyof typeof kinds, make: boolean): KeyObject {
  const { type, generate } = kinds[kind];
  if (!existsSync(file)) {
    if (!make)
      throw new CountersignError('key_invalid', `${file} is missing, but the log it signed is there: put the key back`);
    writeDurably(file, generate().export({ format: 'pem', type: 'pkcs8' }).toString());
  }
  const { mode } = statSync(file);
  if ((mode & 0o077) !== 0)
    throw new CountersignError('key_invalid', `${file} can be read by others: run "chmod 0600 ${file}"`);
  const key = read(file);
  const curve = key?.asymmetricKeyDetails?.namedCurve;
  if (key === null || key.asymmetricKeyType !== type || (kind === 'p256' && curve !== 'prime256v1'))
    throw new CountersignError('key_invalid', `${file} is no private key of the kind ${kind} (PKCS#8, PEM)`);
  return key;
}

function read(file: string): KeyObject | null {
  try {
    return createPrivateKey(readFileSync(file));
  } catch {
    return null;
  }
}

/** Never half a key, not even after a power failure. */
function writeDurably(file: string, text: string): void {
  const fd = openSync(`${file}.new`, 'w', 0o600);
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${file}.new`, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
