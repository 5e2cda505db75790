import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { CountersignError } from '../errors.ts';
import type { JsonObject, Principal } from '../request.ts';
import { type IssuerConfig, principalOfClaims } from './claims.ts';
import { discoverKeySet } from './discovery.ts';
import { openKeySet } from './jwks.ts';

/** Turns a bearer token (without the word `Bearer`) into the principal that it proves. */
export type TokenVerifier = (bearer: string) => Promise<Principal>;

/** Asymmetric only: with a shared secret whoever verifies could also sign. */
const defaultAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** Seconds that two clocks may differ, where nothing is configured. */
const defaultTolerance = 30;

/** How tokens are verified, beside what each issuer says. */
export interface TokenOptions {
  /** Milliseconds that two clocks may differ; default 30 s. */
  readonly clockSkew?: number | undefined;
  /** Instead of each issuer's own: tokens that are good for one thing must not be good for another. */
  readonly audiences?: readonly string[] | undefined;
}

/** Bytes; the longest header that common proxies pass. */
const tokenLimit = 16_384;

/**
 * Opens a verifier for the issuers that have a `jwks` or `discovery`. A token needs `iss`, `sub` and `exp`, a signature by an accepted
 * algorithm, and one of the issuer's audiences where it has any (RFC 8725).
 *
 * @example
 * const verify = openTokenVerifier([{ issuer: 'https://idp.example', jwks: 'keys.json', audiences: ['countersign'] }]);
 * const principal = await verify(token);
 *
 * The verifier rejects with CountersignError `token_invalid`, saying why and never quoting the token.
 * @throws CountersignError `config_invalid` for an issuer listed twice, or a key set by plain http
 */
export function openTokenVerifier(issuers: readonly IssuerConfig[], options: TokenOptions = {}): TokenVerifier {
  const clockTolerance = options.clockSkew === undefined ? defaultTolerance : options.clockSkew / 1_000;
  const keySets = new Map<string, { readonly config: IssuerConfig; readonly keys: JWTVerifyGetKey }>();
  for (const [index, config] of issuers.entries()) {
    if (issuers.findIndex(({ issuer }) => issuer === config.issuer) < index)
      throw new CountersignError('config_invalid', `identity.issuers: ${config.issuer} is listed twice`);
    if (config.jwks !== undefined && config.discovery)
      throw new CountersignError(
        'config_invalid',
        `identity.issuers: ${config.issuer} has jwks and discovery: keep one`,
      );
    const keys = keysOf(config);
    if (keys !== null) keySets.set(config.issuer, { config: { ...config, ...overridden(options) }, keys });
  }
  return async (bearer) => {
    if (bearer.length > tokenLimit) throw invalid(`is longer than ${tokenLimit} bytes`);
    const known = keySets.get(claimedIssuer(bearer));
    if (known === undefined)
      throw invalid(
        'is not of an issuer that identity.issuers lists with a jwks or discovery: use a token of one that is listed',
      );
    const { config, keys } = known;
    try {
      const { payload } = await jwtVerify(bearer, keys, {
        issuer: config.issuer,
        ...(config.audiences === undefined ? {} : { audience: [...config.audiences] }),
        algorithms: [...(config.algorithms ?? defaultAlgorithms)].filter((name) => !name.startsWith('HS')),
        clockTolerance,
        requiredClaims: ['iss', 'sub', 'exp'],
      });
      return principalOfClaims(payload as JsonObject, issuers);
    } catch (error) {
      throw explained(error);
    }
  };
}

function keysOf({ issuer, jwks, discovery }: IssuerConfig): JWTVerifyGetKey | null {
  if (jwks !== undefined) return openKeySet(jwks);
  return discovery ? discoverKeySet(issuer) : null;
}

function overridden({ audiences }: TokenOptions): Pick<IssuerConfig, 'audiences'> {
  return audiences === undefined ? {} : { audiences };
}

/** Unverified: it only chooses the keys that the token is then verified with. */
function claimedIssuer(bearer: string): string {
  try {
    return String(decodeJwt(bearer).iss ?? '');
  } catch {
    throw invalid('is not a signed JSON Web Token in compact form');
  }
}

const reasons: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'has expired: sign in again for a fresh one',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'has a signature that does not verify: ask its issuer for another',
  ERR_JOSE_ALG_NOT_ALLOWED: 'is signed with an algorithm that is not accepted: see identity.issuers[].algorithms',
  ERR_JOSE_NOT_SUPPORTED: 'is signed with an algorithm that is not accepted: see identity.issuers[].algorithms',
  ERR_JWKS_NO_MATCHING_KEY: "is signed with a key that is not in the issuer's key set: check identity.issuers[].jwks",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'names no key id, and several keys of the key set could have signed it',
  ERR_JWKS_TIMEOUT: "could not be checked: the issuer's key set did not arrive in time, try again",
};

function explained(error: unknown): CountersignError {
  if (error instanceof CountersignError)
    return error.code === 'identity_missing' ? new CountersignError('token_invalid', error.message) : error;
  if (error instanceof errors.JWTClaimValidationFailed)
    return invalid(
      error.claim === 'aud'
        ? 'is for another audience: ask its issuer for one with an audience of identity.issuers[].audiences'
        : `has a claim ${error.claim} that is ${error.reason === 'missing' ? 'missing' : 'not good'}`,
    );
  const code = error instanceof errors.JOSEError ? error.code : '';
  return invalid(reasons[code] ?? 'can not be verified: ask its issuer for another, and check identity.issuers[].jwks');
}

function invalid(why: string): CountersignError {
  return new CountersignError('token_invalid', `the bearer token ${why}`);
}
