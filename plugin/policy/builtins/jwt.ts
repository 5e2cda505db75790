import type { Json, JsonObject } from '../../request.ts';
import { integerOf, parseJson } from '../json.ts';
import { isObject, jsonType } from '../result.ts';
import { type Algorithm, algorithms, readKeys, secretKey, type VerificationKey, verifySignature } from './jws.ts';
import { type Builtin, stringOperand } from './operand.ts';

interface Token {
  readonly header: JsonObject;
  readonly payload: string;
  readonly signature: Buffer;
  /** What is signed: both parts as they came. */
  readonly signed: string;
}

function base64url(text: string): Buffer {
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(text)) throw new TypeError('expected base64url');
  return Buffer.from(text, 'base64url');
}

function parseObject(text: string): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) throw new TypeError('expected a JSON object');
  return value;
}

/** A compact JWS (RFC 7515 section 3.1), not verified. @throws on anything else, a JWE included */
function readToken(text: string): Token {
  const parts = text.split('.');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined)
    throw new TypeError('expected three sections');
  const read = parseObject(base64url(header).toString('utf8'));
  if (Object.hasOwn(read, 'enc')) throw new TypeError('expected no JWE');
  return {
    header: read,
    payload: base64url(payload).toString('utf8'),
    signature: base64url(signature),
    signed: `${header}.${payload}`,
  };
}

/** A token within a token (`cty: JWT`) goes this deep at most. */
const nestingLimit = 8;

function decode(text: string, depth = 0): Json {
  const token = readToken(text);
  if (token.header.cty === 'JWT' && depth < nestingLimit)
    return decode(token.payload.replace(/^["']+|["']+$/g, ''), depth + 1);
  return [token.header, parseObject(token.payload), token.signature.toString('hex')];
}

/** The key that the token's `kid` names decides alone; without such, any key whose `alg` does not speak against. */
function verifiedBy(keys: readonly VerificationKey[], token: Token, algorithm: Algorithm): boolean {
  const { kid, alg } = token.header;
  const named = typeof kid === 'string' && kid !== '' ? keys.find((key) => key.kid === kid) : undefined;
  if (named) return verifySignature(named.key, algorithm, token.signed, token.signature);
  return keys
    .filter((key) => key.alg === '' || key.alg === alg)
    .some(({ key }) => verifySignature(key, algorithm, token.signed, token.signature));
}

interface Constraints {
  readonly keys: readonly VerificationKey[];
  readonly alg: string;
  readonly iss: string;
  readonly aud: string;
  /** Seconds since 1970. */
  readonly now: number;
}

const constraintNames: ReadonlySet<string> = new Set(['cert', 'secret', 'alg', 'iss', 'aud', 'time']);

/** @throws TypeError, so that the call is undefined, unless exactly one of `cert` and `secret` is given */
function readConstraints(value: Json | undefined, now: bigint): Constraints {
  if (!isObject(value)) throw new TypeError('expected an object of constraints');
  if (Object.keys(value).some((name) => !constraintNames.has(name))) throw new TypeError('unknown constraint');
  const optional = (name: string) => (value[name] === undefined ? '' : stringOperand(value[name]));
  const [cert, secret] = [value.cert, optional('secret')];
  if ((cert === undefined) === (secret === '')) throw new TypeError('expected one of cert and secret');
  const time =
    value.time === undefined ? now : (integerOf(value.time) ?? BigInt(Math.trunc(Number(value.time as number))));
  if (time < 0n) throw new TypeError('expected a time that is not negative');
  return {
    keys: cert === undefined ? [{ alg: '', kid: '', key: secretKey(secret) }] : readKeys(stringOperand(cert)),
    alg: optional('alg'),
    iss: optional('iss'),
    aud: optional('aud'),
    now: Number(time) / 1e9,
  };
}

const understood: ReadonlySet<string> = new Set(['alg', 'kid', 'typ', 'cty', 'crit']);

/** RFC 7515 section 4.1.11: a critical parameter that we do not know makes the token invalid. */
function hasUnknownCritical(header: JsonObject): boolean {
  if (header.crit === undefined) return false;
  if (!Array.isArray(header.crit) || header.crit.length === 0) throw new TypeError('crit must be a list of names');
  return header.crit.some((name: Json) => typeof name !== 'string' || (!understood.has(name) && name in header));
}

function numericDate(payload: JsonObject, name: string): number | undefined {
  if (!Object.hasOwn(payload, name)) return undefined;
  const value = payload[name];
  if (jsonType(value) !== 'number') throw new TypeError(`${name} must be a number`);
  return Number(JSON.stringify(value));
}

function hasAudience(aud: Json | undefined, wanted: string): boolean {
  if (aud === undefined) return wanted === '';
  return Array.isArray(aud) ? aud.includes(wanted) : aud === wanted;
}

/** The claims that RFC 7519 section 4.1 gives a meaning. */
function claimsHold(payload: JsonObject, { iss, aud, now }: Constraints): boolean {
  if (iss !== '' && payload.iss !== iss) return false;
  if (!hasAudience(payload.aud, aud)) return false;
  const exp = numericDate(payload, 'exp');
  if (exp !== undefined && now >= exp) return false;
  const nbf = numericDate(payload, 'nbf');
  return nbf === undefined || now >= nbf;
}

const unverified: Json = [false, {}, {}];

/** OPA's `builtinJWTDecodeVerify` (`topdown/tokens.go`), RFC 7519 section 7.2. */
function decodeVerify(text: string, constraints: Constraints, depth = 0): Json {
  const token = readToken(text);
  const { alg, cty } = token.header;
  if (hasUnknownCritical(token.header) || typeof alg !== 'string') return unverified;
  const algorithm = algorithms.get(alg);
  if (algorithm === undefined || (constraints.alg !== '' && constraints.alg !== alg)) return unverified;
  if (!verifiedBy(constraints.keys, token, algorithm)) return unverified;
  if (typeof cty === 'string' && cty.toUpperCase() === 'JWT' && depth < nestingLimit)
    return decodeVerify(token.payload, constraints, depth + 1);
  const payload = parseObject(token.payload);
  return claimsHold(payload, constraints) ? [true, token.header, payload] : unverified;
}

/** A signature takes 30 to 500 us. */
const verifySteps = 40_000;

function verify(name: string, algorithm: Algorithm): [string, Builtin] {
  const symmetric = name.startsWith('HS');
  return [
    `io.jwt.verify_${name.toLowerCase()}`,
    ([text, key], { charge }) => {
      charge(verifySteps);
      const token = readToken(stringOperand(text));
      if (symmetric) return verifySignature(secretKey(stringOperand(key)), algorithm, token.signed, token.signature);
      return verifiedBy(readKeys(stringOperand(key)), token, algorithm);
    },
  ];
}

/** `io.jwt.*` but for signing. */
export const jwt: Readonly<Record<string, Builtin>> = {
  'io.jwt.decode': ([text]) => decode(stringOperand(text)),
  'io.jwt.decode_verify'([text, constraints], { now, charge }) {
    charge(verifySteps);
    return decodeVerify(stringOperand(text), readConstraints(constraints, now));
  },
  ...Object.fromEntries([...algorithms].map(([name, algorithm]) => verify(name, algorithm))),
};
