import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
  X509Certificate,
} from 'node:crypto';

/** One of RFC 7518's signature algorithms: which keys it takes, how it verifies and how it signs. */
export interface Algorithm {
  readonly accepts: (key: KeyObject) => boolean;
  readonly verify: (key: KeyObject, signed: Buffer, signature: Buffer) => boolean;
  readonly sign: (key: KeyObject, signed: Buffer) => Buffer;
}

function hmac(hash: string): Algorithm {
  return {
    accepts: (key) => key.type === 'secret',
    verify(key, signed, signature) {
      const mac = createHmac(hash, key).update(signed).digest();
      return mac.length === signature.length && timingSafeEqual(mac, signature);
    },
    sign: (key, signed) => createHmac(hash, key).update(signed).digest(),
  };
}

function rsa(hash: string, options: object, toSign: object = options): Algorithm {
  return {
    accepts: (key) => key.asymmetricKeyType === 'rsa',
    verify: (key, signed, signature) => verify(hash, signed, { key, ...options }, signature),
    sign: (key, signed) => sign(hash, signed, { key, ...toSign }),
  };
}

function ecdsa(hash: string, curve: string): Algorithm {
  return {
    accepts: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve,
    verify: (key, signed, signature) => verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature),
    sign: (key, signed) => sign(hash, signed, { key, dsaEncoding: 'ieee-p1363' }),
  };
}

const pkcs1 = { padding: constants.RSA_PKCS1_PADDING };
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
/** RFC 7518 section 3.5: a salt as long as the hash. */
const pssToSign = { ...pss, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/** By JOSE name. `none` is no algorithm; a key never serves an algorithm of another kind. */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ['HS256', hmac('sha256')],
  ['HS384', hmac('sha384')],
  ['HS512', hmac('sha512')],
  ['RS256', rsa('sha256', pkcs1)],
  ['RS384', rsa('sha384', pkcs1)],
  ['RS512', rsa('sha512', pkcs1)],
  ['PS256', rsa('sha256', pss, pssToSign)],
  ['PS384', rsa('sha384', pss, pssToSign)],
  ['PS512', rsa('sha512', pss, pssToSign)],
  ['ES256', ecdsa('sha256', 'prime256v1')],
  ['ES384', ecdsa('sha384', 'secp384r1')],
  ['ES512', ecdsa('sha512', 'secp521r1')],
  [
    'EdDSA',
    {
      accepts: (key) => key.asymmetricKeyType === 'ed25519',
      verify: (key, signed, signature) => verify(null, signed, key, signature),
      sign: (key, signed) => sign(null, signed, key),
    },
  ],
]);

/** True when `signature` over `signed` is the key's under that algorithm. */
export function verifySignature(key: KeyObject, algorithm: Algorithm, signed: string, signature: Buffer): boolean {
  return algorithm.accepts(key) && algorithm.verify(key, Buffer.from(signed), signature);
}

/** A key of a JWKS or certificate; '' where it names no `alg` or `kid`. */
export interface VerificationKey {
  readonly alg: string;
  readonly kid: string;
  readonly key: KeyObject;
}

/** The key of an HMAC, from its text. */
export function secretKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret));
}

/** Policies verify many tokens against the same few keys, and reading a key costs more than verifying by it. */
const known = new Map<string, readonly VerificationKey[]>();
const knownLimit = 100;

/** Keys of a PEM certificate, a PEM public key, a JWK or a JWKS. @throws on anything else */
export function readKeys(source: string): readonly VerificationKey[] {
  const cached = known.get(source);
  if (cached) return cached;
  const keys = source.includes('-----BEGIN ') ? [{ alg: '', kid: '', key: pemKey(source) }] : jwkKeys(source);
  if (known.size >= knownLimit) known.clear();
  known.set(source, keys);
  return keys;
}

function pemKey(source: string): KeyObject {
  const match = /-----BEGIN (CERTIFICATE|PUBLIC KEY)-----[^-]*-----END \1-----[ \t]*\r?\n?$/.exec(source);
  if (!match || source.split('-----BEGIN ').length !== 2)
    throw new TypeError('expected one PEM certificate or public key');
  return match[1] === 'CERTIFICATE' ? new X509Certificate(source).publicKey : createPublicKey(source);
}

type Jwk = JsonWebKey & { readonly alg?: string; readonly kid?: string };

function jwkKeys(source: string): readonly VerificationKey[] {
  const parsed = JSON.parse(source) as { readonly keys?: readonly Jwk[] } & Jwk;
  return (parsed.keys ?? [parsed])
    .filter(({ alg }) => alg === undefined || algorithms.has(alg))
    .map((jwk) => ({ alg: jwk.alg ?? '', kid: jwk.kid ?? '', key: jwkKey(jwk) }));
}

function jwkKey(jwk: Jwk): KeyObject {
  if (jwk.kty === 'oct') return createSecretKey(Buffer.from(jwk.k ?? '', 'base64url'));
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** The private or secret key of a JWK, or the first one of a JWKS. @throws on anything else, a public key included */
export function signingKey(source: string): KeyObject {
  const parsed = JSON.parse(source) as { readonly keys?: readonly Jwk[] } & Jwk;
  const [jwk] = parsed.keys ?? [parsed];
  if (jwk?.kty !== 'oct') return createPrivateKey({ key: jwk ?? {}, format: 'jwk' });
  if (!jwk.k) throw new TypeError('expected a key that is not empty');
  return createSecretKey(Buffer.from(jwk.k, 'base64url'));
}
