import { constants, createBrotliDecompress, createZstdDecompress } from 'node:zlib';
import type { OpenDecoder } from '../encoding.ts';
import { damaged } from './inflate.ts';

/** Bytes that are decoded at a time: so much is in hand beside what the coding itself looks back on. */
const outputBytes = 65_536;

/** Bits of the window that a zstd frame may ask for: 8 MiB, which RFC 8878 section 3.1.1.1.2 wants of every decoder. */
const zstdWindowBits = 23;

/**
 * What Node's streams of zlib stand on. They go on in another thread; their own `*Sync` functions call this, which
 * decodes in this one, into a buffer that is as large as we say. It is not documented, but Node's own promise of
 * `_processChunk` rests on it, and a test runs each line of it.
 */
interface Handle {
  /** Results are in the stream's `_writeState`: room left in the output, input not taken. */
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  onerror: (message: string) => void;
}

interface Stream {
  readonly _handle: Handle;
  readonly _writeState: Uint32Array;
  close(): void;
}

/** How a coding is decoded: its stream, what says that more may come, and that nothing does. */
interface Coding {
  readonly open: () => unknown;
  readonly more: number;
  readonly last: number;
  /** Whether another may follow the first. */
  readonly many: boolean;
}

const brotli: Coding = {
  open: () => createBrotliDecompress(),
  more: constants.BROTLI_OPERATION_PROCESS,
  last: constants.BROTLI_OPERATION_FINISH,
  many: false,
};

const zstd: Coding = {
  open: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: zstdWindowBits } }),
  more: constants.ZSTD_e_continue,
  last: constants.ZSTD_e_end,
  many: true,
};

function opener({ open, more, last, many }: Coding): OpenDecoder {
  return (emit) => {
    let stream: Stream | null = null;
    let faulty = false;
    let taken = 0;

    function begin(): Stream {
      const opened = open() as Stream;
      opened._handle.onerror = () => {
        faulty = true;
      };
      taken = 0;
      stream = opened;
      return opened;
    }

    function close(): void {
      stream?.close();
      stream = null;
    }

    /** Decodes what it can of the bytes, and returns what it did not take: what stands behind the end. */
    function write(to: Stream, bytes: Uint8Array, flush: number): Uint8Array {
      for (let at = 0; ; ) {
        const output = Buffer.allocUnsafe(outputBytes);
        to._handle.writeSync(flush, bytes, at, bytes.length - at, output, 0, outputBytes);
        if (faulty) {
          close();
          throw damaged('it is malformed or cut');
        }
        const [room = 0, left = 0] = to._writeState;
        taken += bytes.length - at - left;
        at = bytes.length - left;
        if (room < outputBytes)
          emit(
            room > outputBytes / 2
              ? Buffer.from(output.subarray(0, outputBytes - room))
              : output.subarray(0, outputBytes - room),
          );
        if (room > 0) return bytes.subarray(at);
      }
    }

    return {
      push(chunk) {
        for (let rest = chunk; rest.length > 0; ) {
          rest = write(stream ?? begin(), rest, more);
          if (rest.length === 0) return;
          if (!many) throw damaged('something follows its end');
          if (taken === 0) throw damaged('it is malformed');
          close();
        }
      },
      end() {
        if (stream === null) throw damaged('it is empty');
        write(stream, new Uint8Array(0), last);
        close();
      },
    };
  };
}

/** br (RFC 7932). */
export const openBrotli: OpenDecoder = opener(brotli);
/** zstd (RFC 8878), one frame or several. */
export const openZstd: OpenDecoder = opener(zstd);
