import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { CountersignError } from '../errors.ts';

/** Bytes of every key here: AES-256. */
const keyBytes = 32;
const saltBytes = 16;
const tagBytes = 16;

/** Bytes of a wrapped key: salt, encrypted key, tag. */
export const wrappedBytes = saltBytes + keyBytes + tagBytes;

/**
 * The key-encryption key of a file of 32 random bytes, made with mode 0600 when it is not there.
 * @throws CountersignError `key_invalid` when others can read the file, or it is not a key
 */
export function loadKek(file: string): Buffer {
  try {
    return create(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw unusable(file, `can not be made (${code ?? 'unknown fault'})`);
  }
  return existing(file);
}

function create(file: string): Buffer {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    const kek = randomBytes(keyBytes);
    fchmodSync(descriptor, 0o600);
    writeSync(descriptor, kek);
    fsyncSync(descriptor);
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
    return kek;
  } finally {
    closeSync(descriptor);
  }
}

function existing(file: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    throw unusable(file, 'can not be read');
  }
  try {
    // The mode is asked of what was opened, not of a name that may be something else by now.
    if ((fstatSync(descriptor).mode & 0o077) !== 0)
      throw unusable(file, `can be read by others: run "chmod 0600 ${file}", and consider what it protects as read`);
    const bytes = Buffer.alloc(keyBytes + 1);
    if (readSync(descriptor, bytes) !== keyBytes)
      throw unusable(file, `must have ${keyBytes} bytes: restore it from its backup`);
    return bytes.subarray(0, keyBytes);
  } finally {
    closeSync(descriptor);
  }
}

function unusable(file: string, why: string): CountersignError {
  return new CountersignError('key_invalid', `the key of the recordings, ${file}, ${why}`);
}

/** A fresh key for one recording, and the form in which it is kept. */
export function newKey(kek: Buffer, recording: string): { readonly key: Buffer; readonly wrapped: Buffer } {
  const key = randomBytes(keyBytes);
  const salt = randomBytes(saltBytes);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(kek, salt, recording), zeroNonce);
  return { key, wrapped: Buffer.concat([salt, cipher.update(key), cipher.final(), cipher.getAuthTag()]) };
}

/**
 * The key of a recording.
 * @throws CountersignError `audit_damaged` when it is not this recording's, not of this `kek`, or was changed
 */
export function unwrapKey(kek: Buffer, recording: string, wrapped: Uint8Array): Buffer {
  try {
    const salt = wrapped.subarray(0, saltBytes);
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(kek, salt, recording), zeroNonce, {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(wrapped.subarray(saltBytes + keyBytes, wrappedBytes));
    return Buffer.concat([decipher.update(wrapped.subarray(saltBytes, saltBytes + keyBytes)), decipher.final()]);
  } catch (cause) {
    throw new CountersignError(
      'audit_damaged',
      `recording ${recording}: its key does not open: the recording was changed, or state/keys has another key than when it was made`,
      { cause },
    );
  }
}

/** Each salt gives a key that wraps once, so that the nonce need not vary (NIST SP 800-38D section 8). */
const zeroNonce = Buffer.alloc(12);

function wrappingKey(kek: Buffer, salt: Uint8Array, recording: string): Buffer {
  return Buffer.from(hkdfSync('sha256', kek, salt, `countersign/recording/wrap/v1/${recording}`, keyBytes));
}
