import { readFile, stat } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { CountersignError } from '../errors.ts';

/** Milliseconds between two looks at a key file, so that tokens with unknown key ids can't make us read it all day. */
const fileCooldown = 1_000;

/** A plain-text key set could be replaced on its way; on the loopback nobody is on the way. */
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The keys behind a JSON Web Key Set: a URL (fetched when first needed, again for an unknown key id, at most every
 * 30 s) or a file (read again when it changed).
 * @throws CountersignError `config_invalid` for an http URL beyond the loopback
 */
export function openKeySet(source: string): JWTVerifyGetKey {
  if (!/^https?:\/\//i.test(source)) return fileKeySet(source);
  requireSafe(source, 'a jwks URL');
  return createRemoteJWKSet(new URL(source), { timeoutDuration: 5_000, cooldownDuration: 30_000 });
}

/** @throws CountersignError `config_invalid` for what is no https URL, http on the loopback excepted */
export function requireSafe(source: string, what: string): void {
  const url = URL.parse(source);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.test(url.hostname))) return;
  throw new CountersignError('config_invalid', `identity.issuers: ${what} must be https, http serves on loopback only`);
}

function fileKeySet(file: string): JWTVerifyGetKey {
  let keys: ReturnType<typeof createLocalJWKSet> | null = null;
  let seen = '';
  let looked = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<ReturnType<typeof createLocalJWKSet>> {
    const now = performance.now();
    if (keys !== null && now - looked < fileCooldown) return keys;
    looked = now;
    try {
      const { mtimeMs, size, ino } = await stat(file);
      const version = `${mtimeMs}:${size}:${ino}`;
      if (keys === null || version !== seen) {
        keys = createLocalJWKSet(JSON.parse(await readFile(file, 'utf8')) as JSONWebKeySet);
        seen = version;
      }
      return keys;
    } catch (cause) {
      looked = Number.NEGATIVE_INFINITY;
      // A file that is being replaced is no reason to forget keys that were good.
      if (keys !== null) return keys;
      throw new CountersignError('token_invalid', `the key set ${file} can not be read as a JSON Web Key Set`, {
        cause,
      });
    }
  }

  return async (header, token) => {
    const current = await refresh();
    try {
      return await current(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      looked = Number.NEGATIVE_INFINITY;
      return (await refresh())(header, token);
    }
  };
}
