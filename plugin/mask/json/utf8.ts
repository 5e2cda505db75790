import { isUtf8 } from 'node:buffer';
import { CountersignError } from '../../errors.ts';

/** Checks that chunks together are UTF-8 (RFC 3629), characters cut by a chunk's end included. */
export interface Utf8Check {
  /** @throws CountersignError `mask_impossible` */
  push(chunk: Uint8Array): void;
  /** @throws CountersignError `mask_impossible` when a character is incomplete */
  end(): void;
}

/** Opens the check of one text. */
export function openUtf8Check(): Utf8Check {
  const cut = new Uint8Array(4);
  let have = 0;
  let need = 0;

  /** Completes the character that the last chunk began; returns how many bytes of this chunk it took. */
  function complete(chunk: Uint8Array): number {
    let taken = 0;
    while (have < need && taken < chunk.length) {
      const byte = chunk[taken++] as number;
      if (!isContinuation(byte)) throw notUtf8();
      cut[have++] = byte;
    }
    if (have < need) return taken;
    if (!isUtf8(cut.subarray(0, need))) throw notUtf8();
    have = need = 0;
    return taken;
  }

  return {
    push(chunk) {
      const start = need > 0 ? complete(chunk) : 0;
      if (start >= chunk.length) return;
      const end = cutCharacter(chunk, start);
      if (!isUtf8(chunk.subarray(start, end))) throw notUtf8();
      if (end === chunk.length) return;
      need = lengthByLead(chunk[end] as number);
      have = chunk.length - end;
      cut.set(chunk.subarray(end));
    },
    end() {
      if (need > 0) throw notUtf8();
    },
  };
}

/** Where the character begins that the end of the chunk cuts; the chunk's length when it cuts none. */
function cutCharacter(chunk: Uint8Array, start: number): number {
  for (let at = chunk.length - 1; at >= start && at >= chunk.length - 3; at--) {
    const byte = chunk[at] as number;
    if (isContinuation(byte)) continue;
    return at + lengthByLead(byte) > chunk.length ? at : chunk.length;
  }
  return chunk.length;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Bytes of a character by its first; what can't be a first byte counts 1, and `isUtf8` refuses it. */
function lengthByLead(byte: number): number {
  if (byte >= 0xf0 && byte < 0xf8) return 4;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xc0 && byte < 0xe0 ? 2 : 1;
}

function notUtf8(): CountersignError {
  return new CountersignError('mask_impossible', 'the response is not UTF-8, which JSON must be');
}
