import { createPublicKey, sign } from 'node:crypto';
import { privateKey } from './keyfile.ts';
import type { Signer } from './signer.ts';

/**
 * A P-256 key in a file. `make` allows to make it.
 * @throws CountersignError `key_invalid`
 */
export function fileSigner(file: string, make: boolean): Signer {
  const key = privateKey(file, 'p256', make);
  // Some 40 us: less than handing it to another thread and back.
  return { publicKey: createPublicKey(key), sign: async (message) => sign('sha256', message, key) };
}
