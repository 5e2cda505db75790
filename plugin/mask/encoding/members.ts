import { crc32 } from 'node:zlib';
import type { Decoder, OpenDecoder } from '../encoding.ts';
import { damaged, type Inflate, openInflate } from './inflate.ts';

/** What stands around a DEFLATE stream. */
interface Wrapping {
  /** Bytes of a header that begins these bytes; -1 when it is not all there. Throws what is none. */
  headLength(bytes: Buffer): number;
  readonly firstSum: number;
  /** The checksum goes on over these bytes. */
  sum(bytes: Uint8Array, sum: number): number;
  readonly tailLength: number;
  /** Whether these bytes are the tail after content of that checksum and length. */
  isTail(bytes: Buffer, sum: number, length: number): boolean;
  /** Whether another may follow. */
  readonly many: boolean;
}

/** Bytes of a gzip header at most; a name or comment makes it long. */
const headLimit = 4_096;

/** RFC 1952 section 2.3. */
const gzip: Wrapping = {
  headLength(bytes) {
    if (bytes.length < 10) return -1;
    const flags = bytes[3] as number;
    if (bytes.readUInt16BE(0) !== 0x1f8b || bytes[2] !== 8 || flags > 0x1f) throw damaged('it is not gzip');
    let at = 10;
    if (flags & 4) {
      if (bytes.length < at + 2) return -1;
      at += 2 + bytes.readUInt16LE(at);
    }
    for (const text of [8, 16]) {
      if (!(flags & text)) continue;
      at = at >= bytes.length ? 0 : bytes.indexOf(0, at) + 1;
      if (at === 0) return -1;
    }
    if (flags & 2) at += 2;
    return at > bytes.length ? -1 : at;
  },
  firstSum: 0,
  sum: (bytes, sum) => crc32(bytes, sum),
  tailLength: 8,
  isTail: (bytes, sum, length) => bytes.readUInt32LE(0) === sum && bytes.readUInt32LE(4) === length % 2 ** 32,
  many: true,
};

/** RFC 1950 section 2.2, which is what RFC 9110 calls deflate; a preset dictionary is refused. */
const zlib: Wrapping = {
  headLength(bytes) {
    if (bytes.length < 2) return -1;
    const [method = 0, flags = 0] = bytes;
    if ((method & 15) !== 8 || method >> 4 > 7 || (method * 256 + flags) % 31 !== 0 || flags & 32)
      throw damaged('it is not zlib');
    return 2;
  },
  firstSum: 1,
  sum: adler32,
  tailLength: 4,
  isTail: (bytes, sum) => bytes.readUInt32BE(0) === sum,
  many: false,
};

/** RFC 1950 section 8.2. */
function adler32(bytes: Uint8Array, sum: number): number {
  let a = sum & 0xffff;
  let b = sum >>> 16;
  for (let at = 0; at < bytes.length; ) {
    // As many as can't overflow 32 bits.
    for (const end = Math.min(at + 3_800, bytes.length); at < end; at++) {
      a += bytes[at] as number;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return b * 65_536 + a;
}

function opener(wrapping: Wrapping): OpenDecoder {
  return (emit) => openMembers(wrapping, emit);
}

/** gzip, one member or several. */
export const openGzip: OpenDecoder = opener(gzip);
/** deflate, which is zlib's format. */
export const openDeflate: OpenDecoder = opener(zlib);

type Phase = 'head' | 'content' | 'tail';

function openMembers(wrapping: Wrapping, emit: (bytes: Uint8Array) => void): Decoder {
  let waiting: Buffer = Buffer.alloc(0);
  let phase: Phase = 'head';
  let members = 0;
  let inflate: Inflate | null = null;
  let sum = wrapping.firstSum;
  let length = 0;

  function content(bytes: Uint8Array): void {
    sum = wrapping.sum(bytes, sum);
    length += bytes.length;
    emit(bytes);
  }

  /** Takes a header or a tail off what waits; false when it is not all there. */
  const steps: Readonly<Record<Phase, () => boolean>> = {
    head() {
      if (waiting.length === 0) return false;
      if (members > 0 && !wrapping.many) throw damaged('something follows its end');
      const head = wrapping.headLength(waiting);
      if (head < 0 && waiting.length > headLimit) throw damaged('its header is too long');
      if (head < 0) return false;
      waiting = waiting.subarray(head);
      inflate = openInflate(content);
      sum = wrapping.firstSum;
      length = 0;
      phase = 'content';
      return true;
    },
    content() {
      const rest = inflate?.push(waiting) ?? null;
      waiting = Buffer.from(rest ?? []);
      if (rest === null) return false;
      inflate = null;
      phase = 'tail';
      return true;
    },
    tail() {
      if (waiting.length < wrapping.tailLength) return false;
      if (!wrapping.isTail(waiting, sum, length)) throw damaged('its checksum is wrong');
      waiting = waiting.subarray(wrapping.tailLength);
      members++;
      phase = 'head';
      return true;
    },
  };

  return {
    push(chunk) {
      waiting = Buffer.concat([waiting, chunk]);
      while (steps[phase]());
    },
    end() {
      if (phase !== 'head' || waiting.length > 0 || members === 0) throw damaged('it ends too early');
    },
  };
}
