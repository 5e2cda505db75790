import { createHash, type KeyObject } from 'node:crypto';
import type { Json } from '../../request.ts';
import { isObject } from '../result.ts';
import { type Algorithm, algorithms, signingKey } from './jws.ts';
import { goJson } from './marshal.ts';
import { type Builtin, type Context, stringOperand } from './operand.ts';
import { readTerm } from './term.ts';

/** A signature by an RSA key of 2,048 bits, and it grows by the cube; all others take less. */
const signSteps = 200_000;

function costOf(key: KeyObject): number {
  return signSteps * Math.max(1, ((key.asymmetricKeyDetails?.modulusLength ?? 0) / 2_048) ** 3);
}

function headerOf(text: string): { readonly algorithm: Algorithm; readonly isJwt: boolean } {
  const header = JSON.parse(text) as Json;
  if (!isObject(header) || typeof header.alg !== 'string') throw new TypeError('expected a header with alg');
  const algorithm = algorithms.get(header.alg);
  if (algorithm === undefined) throw new TypeError('expected an algorithm of RFC 7518');
  return { algorithm, isJwt: typeof header.typ !== 'string' || header.typ === 'JWT' };
}

/**
 * A compact JWS (RFC 7515 section 3.1) of texts as they are. A signature that has chance in it is the same one wherever
 * the evaluation asks for it.
 * @throws for a key that is none of the algorithm's, and for a JWT's payload that is no JSON
 */
function encode(header: string, payload: string, jwk: string, { charge, once }: Context): string {
  const { algorithm, isJwt } = headerOf(header);
  if (isJwt) JSON.parse(payload);
  const key = signingKey(jwk);
  if (!algorithm.accepts(key)) throw new TypeError('expected a key of the algorithm');
  charge(costOf(key));
  const signed = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const name = createHash('sha256').update(`${signed} ${jwk}`).digest('base64');
  const make = () => `${signed}.${algorithm.sign(key, Buffer.from(signed)).toString('base64url')}`;
  return once(`io.jwt.encode_sign ${name}`, make);
}

/** `io.jwt.encode_sign` and `io.jwt.encode_sign_raw`. */
export const sign = {
  'io.jwt.encode_sign'(_, context) {
    const [header, payload, jwk] = [0, 1, 2].map((argument) => goJson(readTerm(context.rego(argument))));
    return encode(header ?? '', payload ?? '', jwk ?? '', context);
  },
  'io.jwt.encode_sign_raw': ([header, payload, jwk], context) =>
    encode(stringOperand(header), stringOperand(payload), stringOperand(jwk), context),
} satisfies Record<string, Builtin>;
