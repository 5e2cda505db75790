import { CountersignError } from '../errors.ts';
import type { JsonObject, Request } from '../request.ts';
import type { TokenVerifier } from './token.ts';

/** The claims of a request's own bearer token, verified here; null when it carries none. */
export type Bearer = (request: Pick<Request, 'headers'>) => Promise<JsonObject | null>;

/** Where no token is verified here: Envoy's jwt_authn does it, or nobody. */
export const noBearer: Bearer = async () => null;

/** RFC 6750 section 2.1; the scheme is case-insensitive (RFC 9110 section 11.1). */
const scheme = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * Reads `authorization: Bearer ...`. A token that does not verify is refused, never taken for none; another scheme is
 * none of ours.
 *
 * What it returns rejects with CountersignError `identity_conflict` for several `authorization` headers, `token_invalid`
 * for a token that is none, does not verify, or is bound to a key (`cnf`, RFC 7800) whose proof is not looked at here.
 */
export function openBearer(verify: TokenVerifier): Bearer {
  return async ({ headers }) => {
    const values = headers.filter(({ name }) => name === 'authorization').map(({ value }) => value.toString('latin1'));
    const [value] = values;
    if (value === undefined) return null;
    // Envoy joins a doubled header with a comma on some paths.
    if (values.length > 1 || (/^bearer\b/i.test(value) && value.includes(',')))
      throw new CountersignError('identity_conflict', 'the authorization header must come once: send one bearer token');
    if (!/^bearer\b/i.test(value)) return null;
    const token = scheme.exec(value.trim())?.[1];
    if (token === undefined)
      throw new CountersignError('token_invalid', 'expected authorization: Bearer and one JSON Web Token');
    const { claims } = await verify(token);
    if (claims.cnf !== undefined)
      throw new CountersignError(
        'token_invalid',
        'the bearer token is bound to a key (cnf), whose proof is not checked here: let the issuer give one that is not',
      );
    return claims;
  };
}
