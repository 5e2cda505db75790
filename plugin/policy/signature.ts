import { createHash } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { algorithms, readKeys, verifySignature } from './builtins/jws.ts';
import { canonicalJson } from './json.ts';

/**
 * Verifies a bundle's `.signatures.json` (https://www.openpolicyagent.org/docs/latest/management-bundles/#signing):
 * one JSON Web Signature over the name and hash of every file. Nothing may be missing from it, and nothing more be there.
 */

/** Files of a bundle by name. */
type Files = ReadonlyMap<string, Buffer>;

const signatures = '.signatures.json';

/** Hash algorithms of OPA's, by name. */
const hashes = new Map([
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);

interface Signed {
  readonly name: string;
  readonly hash: string;
  readonly algorithm?: string;
}

/**
 * @param keys PEM public keys or certificates; one of them must have signed
 * @throws CountersignError `policy_invalid` saying what does not hold
 */
export function requireSigned(source: string, files: Files, keys: readonly string[]): void {
  const text = files.get(signatures)?.toString('utf8');
  if (text === undefined) throw refused(source, 'it is not signed: build it with "opa build --signing-key"');
  const signed = readSigned(source, text, keys);
  const left = new Set([...files.keys()].filter((name) => name !== signatures));
  for (const { name, hash, algorithm = 'SHA-256' } of signed) {
    const content = files.get(name);
    const method = hashes.get(algorithm);
    if (content === undefined) throw refused(source, `the signature names ${name}, which is not there`);
    if (method === undefined)
      throw refused(source, `the hash ${algorithm} of ${name} is not one of SHA-256, -384, -512`);
    if (createHash(method).update(hashed(name, content)).digest('hex') !== hash)
      throw refused(source, `${name} is not what was signed`);
    left.delete(name);
  }
  if (left.size > 0) throw refused(source, `${[...left].join(', ')} is not signed`);
}

/** JSON is hashed by what it says: members sorted, no white space, numbers as they are written. The rest by its bytes. */
function hashed(name: string, content: Buffer): Buffer | string {
  return /(^|\/)(data\.json|\.manifest)$/.test(name) ? canonicalJson(content.toString('utf8')) : content;
}

function readSigned(source: string, text: string, keys: readonly string[]): readonly Signed[] {
  const [token = '', ...more] = tokensIn(source, text);
  if (more.length > 0) throw refused(source, 'it has several signatures, one is expected');
  const [head = '', payload = '', signature = ''] = token.split('.');
  if (!keys.some((key) => verifies(key, head, payload, signature)))
    throw refused(source, 'none of policy.keys made its signature');
  const { files = [] } = decode(payload) as { readonly files?: readonly Signed[] };
  return files;
}

function tokensIn(source: string, text: string): readonly string[] {
  try {
    const { signatures: tokens } = JSON.parse(text) as { readonly signatures?: unknown };
    if (Array.isArray(tokens) && tokens.every((token) => typeof token === 'string')) return tokens;
  } catch {
    // Told below: the parser's own message quotes the content.
  }
  throw refused(source, `expected ${signatures} to hold an object with signatures: sign it again`);
}

function verifies(pem: string, head: string, payload: string, signature: string): boolean {
  try {
    const { alg } = decode(head) as { readonly alg?: string };
    const algorithm = algorithms.get(alg ?? '');
    const [key] = readKeys(pem);
    if (algorithm === undefined || key === undefined) return false;
    return verifySignature(key.key, algorithm, `${head}.${payload}`, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

function refused(source: string, why: string): CountersignError {
  return new CountersignError('policy_invalid', `${source}: ${why}`);
}
