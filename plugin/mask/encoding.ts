import { damaged } from './encoding/inflate.ts';
import { openDeflate, openGzip } from './encoding/members.ts';
import { openBrotli, openZstd } from './encoding/native.ts';
import type { Rewriter } from './rewriter.ts';

/** Compressed bytes in; what they decode to is emitted before a call returns. */
export interface Decoder {
  /** @throws CountersignError `mask_impossible` when they are damaged */
  push(chunk: Uint8Array): void;
  /** @throws CountersignError `mask_impossible` when they are not complete */
  end(): void;
}

/** `most` says how many bytes that many compressed ones may decode to. */
export type OpenDecoder = (emit: (bytes: Uint8Array) => void, most: (compressed: number) => number) => Decoder;

/** Content codings (RFC 9110 section 8.4.1, RFC 7932, RFC 8878) that masks reach into, by name. */
export const decoders: ReadonlyMap<string, OpenDecoder> = new Map([
  ['gzip', openGzip],
  ['x-gzip', openGzip],
  ['deflate', openDeflate],
  ['br', openBrotli],
  ['zstd', openZstd],
]);

/** A body may be so many times as long as it was compressed, when it is longer than a mebibyte. */
const ratio = 200;
const freeBytes = 1_048_576;
/** And no longer than this in all. */
const sizeLimit = 4 * 1024 ** 3;

function most(compressed: number): number {
  return Math.min(sizeLimit, Math.max(freeBytes, ratio * compressed));
}

/** The rewriter of the decoded body; what leaves is not encoded. */
export function openDecoded(open: OpenDecoder, rewriter: Rewriter): Rewriter {
  let taken = 0;
  let length = 0;
  let out: Uint8Array[] = [];

  const decoder = open((bytes) => {
    length += bytes.length;
    if (length > most(taken)) throw damaged(`it decodes to more than ${ratio} times its length`);
    const rewritten = rewriter.push(bytes);
    if (rewritten.length > 0) out.push(rewritten);
  }, most);

  function letGo(): Uint8Array {
    const bytes = Buffer.concat(out);
    out = [];
    return bytes;
  }

  return {
    push(chunk) {
      taken += chunk.length;
      decoder.push(chunk);
      return letGo();
    },
    end() {
      decoder.end();
      out.push(rewriter.end());
      return letGo();
    },
  };
}
