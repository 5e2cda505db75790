import { brotliDecompressSync, constants, zstdDecompressSync } from 'node:zlib';
import type { OpenDecoder } from '../encoding.ts';
import { damaged } from './inflate.ts';

/** Compressed bytes that are collected, and what they may decode to. */
const inputLimit = 1_048_576;
const outputLimit = 8 * 1_048_576;

/** Decodes all of the bytes, and says how many of them it took. */
type Decode = (bytes: Buffer, most: number) => { readonly buffer: Buffer; readonly engine: { bytesWritten: number } };

/** Bits of the window that a zstd frame may ask for: 8 MiB, which RFC 8878 section 3.1.1.1.2 wants of every decoder. */
const zstdWindowBits = 23;

const brotli: Decode = (bytes, most) => withInfo(brotliDecompressSync(bytes, { info: true, maxOutputLength: most }));
const zstd: Decode = (bytes, most) =>
  withInfo(
    zstdDecompressSync(bytes, {
      info: true,
      maxOutputLength: most,
      params: { [constants.ZSTD_d_windowLogMax]: zstdWindowBits },
    }),
  );

/** Node's types don't know what `info` makes of the result (zlib's documentation, class Options). */
function withInfo(result: unknown): ReturnType<Decode> {
  return result as ReturnType<Decode>;
}

/**
 * Decodes at the body's end: of these two Node has only the whole at once, or a stream in another thread. What comes
 * is collected; more than 1 MiB, or more than 8 MiB decoded, is refused.
 */
function opener(decode: Decode, many: boolean): OpenDecoder {
  return (emit, most) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    return {
      push(chunk) {
        length += chunk.length;
        if (length > inputLimit) throw damaged(`more than ${inputLimit} bytes of an encoding that is decoded whole`);
        chunks.push(Buffer.from(chunk));
      },
      end() {
        let rest: Buffer = Buffer.concat(chunks);
        let room = Math.min(outputLimit, most(length));
        do {
          const { buffer, engine } = decoded(rest, room);
          rest = rest.subarray(engine.bytesWritten);
          room -= buffer.length;
          emit(buffer);
        } while (many && rest.length > 0);
        if (rest.length > 0) throw damaged('something follows its end');
      },
    };
  };

  function decoded(bytes: Buffer, most: number): ReturnType<Decode> {
    try {
      const result = decode(bytes, Math.max(1, most));
      if (result.engine.bytesWritten > 0) return result;
    } catch {
      throw damaged('it is malformed, cut, or longer decoded than it may be');
    }
    throw damaged('it is empty');
  }
}

/** br (RFC 7932). */
export const openBrotli: OpenDecoder = opener(brotli, false);
/** zstd (RFC 8878), one frame or several. */
export const openZstd: OpenDecoder = opener(zstd, true);
