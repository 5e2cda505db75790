import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** One key pair of each kind, its public half as PEM and JWK. */
export const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: generateKeyPairSync('ed25519'),
};

/** The shared secret of the HS algorithms. */
export const secret = 'a secret that is long enough for HS512, whatever library looks at it: 0123456789';

const encode = (value: string | Buffer) => Buffer.from(value).toString('base64url');
const ecdsa = (hash: string, key: KeyObject) => (text: Buffer) => sign(hash, text, { key, dsaEncoding: 'ieee-p1363' });
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

type Signer = (text: Buffer) => Buffer;

/** By JOSE name: signer and the key pair that verifies. */
export const signers: Readonly<Record<string, { readonly sign: Signer; readonly key: keyof typeof keys | null }>> = {
  HS256: { sign: (text) => createHmac('sha256', secret).update(text).digest(), key: null },
  HS384: { sign: (text) => createHmac('sha384', secret).update(text).digest(), key: null },
  HS512: { sign: (text) => createHmac('sha512', secret).update(text).digest(), key: null },
  RS256: { sign: (text) => sign('sha256', text, keys.rsa.privateKey), key: 'rsa' },
  RS512: { sign: (text) => sign('sha512', text, keys.rsa.privateKey), key: 'rsa' },
  PS256: { sign: (text) => sign('sha256', text, { key: keys.rsa.privateKey, ...pss }), key: 'rsa' },
  ES256: { sign: ecdsa('sha256', keys.p256.privateKey), key: 'p256' },
  ES384: { sign: ecdsa('sha384', keys.p384.privateKey), key: 'p384' },
  ES512: { sign: ecdsa('sha512', keys.p521.privateKey), key: 'p521' },
  EdDSA: { sign: (text) => sign(null, text, keys.ed25519.privateKey), key: 'ed25519' },
};

/** A compact token; `payload` as text goes in as it is. */
export function token(
  alg: string,
  payload: object | string,
  header: object = {},
  by: Signer | undefined = signers[alg]?.sign,
): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const signed = `${encode(JSON.stringify({ alg, typ: 'JWT', ...header }))}.${encode(text)}`;
  return `${signed}.${encode(by?.(Buffer.from(signed)) ?? '')}`;
}

/** The public half as PEM. */
export const pem = (name: keyof typeof keys): string =>
  keys[name].publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** The public half as JWK. */
export const jwk = (name: keyof typeof keys, more: object = {}): object => ({
  ...keys[name].publicKey.export({ format: 'jwk' }),
  ...more,
});
