import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { openKeySet, requireSafe } from './jwks.ts';

/** What of a provider's metadata is looked at. https://openid.net/specs/openid-connect-discovery-1_0.html */
const metadata = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Bytes of metadata; milliseconds to wait for it, and between two tries after one that failed. */
const limits = { bytes: 262_144, timeout: 5_000, cooldown: 5_000 };

/** Milliseconds after which the metadata is looked at again: a provider may move its key set. */
const maxAge = 3_600_000;

/**
 * The keys of an issuer that tells where they are: its metadata is fetched when a token is first to be verified, and once
 * an hour; an hour's old answer serves on while the provider is away. The provider must call itself what we call it.
 * @throws CountersignError `config_invalid` for an http issuer beyond the loopback
 */
export function discoverKeySet(issuer: string): JWTVerifyGetKey {
  requireSafe(issuer, 'an issuer whose key set is discovered');
  const place = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  let known: { readonly keys: JWTVerifyGetKey; readonly uri: string } | null = null;
  let fetched = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;
  let failure: unknown = null;

  async function look(): Promise<void> {
    try {
      const uri = await keySetOf(place, issuer);
      // The same key set keeps what it has of the keys.
      if (known?.uri !== uri) known = { keys: openKeySet(uri), uri };
      fetched = performance.now();
    } catch (error) {
      fetched = performance.now() - maxAge + limits.cooldown;
      failure = error;
    } finally {
      looking = null;
    }
  }
  return async (header, token) => {
    if (performance.now() - fetched > maxAge) {
      looking ??= look();
      await looking;
    }
    if (known === null) throw failure ?? unreachable(place);
    return known.keys(header, token);
  };
}

async function keySetOf(place: string, issuer: string): Promise<string> {
  const text = await read(place);
  const { data } = metadata.safeParse(parsed(text));
  if (data === undefined || data.issuer !== issuer)
    throw new CountersignError(
      'token_invalid',
      `the bearer token could not be checked: ${place} is not the metadata of ${issuer}: check identity.issuers[].issuer, to the letter`,
    );
  requireSafe(data.jwks_uri, 'a jwks_uri');
  return data.jwks_uri;
}

async function read(place: string): Promise<string> {
  try {
    const response = await fetch(place, { redirect: 'error', signal: AbortSignal.timeout(limits.timeout) });
    if (!response.ok || response.body === null) throw new RangeError('no metadata');
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > limits.bytes) throw new RangeError('too long');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (cause) {
    throw unreachable(place, cause);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unreachable(place: string, cause?: unknown): CountersignError {
  return new CountersignError(
    'token_invalid',
    `the bearer token could not be checked: ${place} does not answer with metadata, try again`,
    { cause },
  );
}
