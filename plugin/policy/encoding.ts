import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { CountersignError } from '../errors.ts';

/** Bytes that one coded body may decode to. It is decoded, and then parsed, in one go on the event loop. */
const decodedLimit = 1_048_576;

/** RFC 9110 section 8.4.1; `deflate` is the zlib format there. */
const codings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => gunzipSync(bytes, { maxOutputLength: decodedLimit }),
  'x-gzip': (bytes) => gunzipSync(bytes, { maxOutputLength: decodedLimit }),
  deflate: (bytes) => inflateSync(bytes, { maxOutputLength: decodedLimit }),
  br: (bytes) => brotliDecompressSync(bytes, { maxOutputLength: decodedLimit }),
  zstd: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: decodedLimit }),
};

/** Codings in a row; more serve no request. */
const codingsLimit = 3;

/**
 * Takes off a body's content codings, the last one first.
 * @throws CountersignError `policy_error` for an unknown coding, damaged bytes, or more than 1 MiB
 */
export function decodeContent(body: Buffer, contentEncoding: string): Buffer {
  const names = contentEncoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (names.length > codingsLimit)
    throw new CountersignError('policy_error', `expected at most ${codingsLimit} content codings, got ${names.length}`);
  return names.reverse().reduce(decode, body);
}

function decode(bytes: Buffer, name: string): Buffer {
  if (!Object.hasOwn(codings, name))
    throw new CountersignError('policy_error', `expected a content-encoding of ${Object.keys(codings).join(', ')}`);
  try {
    return codings[name]?.(bytes) ?? bytes;
  } catch {
    throw new CountersignError('policy_error', `the body does not decode as ${name} to at most ${decodedLimit} bytes`);
  }
}
