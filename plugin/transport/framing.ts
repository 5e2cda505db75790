/** gRPC's length-prefixed messages (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */

/** Bytes of the prefix: one of flags, four of length. */
export const prefixLength = 5;

/** Below this a message is copied next to its prefix, so that one write carries both. */
const copyBelow = 32 * 1024;

/** The pieces to write for one message. */
export function frame(message: Uint8Array): readonly Uint8Array[] {
  const copies = message.length < copyBelow;
  const head = Buffer.allocUnsafe(copies ? prefixLength + message.length : prefixLength);
  head[0] = 0;
  head.writeUInt32BE(message.length, 1);
  if (!copies) return [head, message];
  head.set(message, prefixLength);
  return [head];
}

/** Why bytes can't be taken for messages. */
export type FramingFault = 'compressed' | 'too_large' | 'flags';

/** Takes messages out of a stream of bytes. */
export interface Deframer {
  push(chunk: Buffer): void;
  /**
   * The next whole message, null when more bytes are needed, or what is wrong with them. A small message is a copy: a
   * call that is held for an hour must not keep alive the 64 KiB slab in which it was read.
   */
  next(): Buffer | null | FramingFault;
  /** Bytes that are no whole message yet. */
  readonly rest: number;
}

/** A deframer that refuses messages of more than `maxBytes`, before their bytes are here. */
export function openDeframer(maxBytes: number): Deframer {
  let chunks: Buffer[] = [];
  let size = 0;

  /** The first `length` bytes as one buffer, left in place. */
  function peek(length: number): Buffer {
    const first = chunks[0];
    if (first !== undefined && first.length >= length) return first.subarray(0, length);
    const whole = Buffer.concat(chunks, size);
    chunks = [whole];
    return whole.subarray(0, length);
  }

  function drop(length: number): void {
    size -= length;
    const first = chunks[0];
    if (first === undefined) return;
    if (first.length === length) chunks.shift();
    else chunks[0] = first.subarray(length);
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      size += chunk.length;
    },
    next() {
      if (size < prefixLength) return null;
      const prefix = peek(prefixLength);
      const flags = prefix[0];
      if (flags === 1) return 'compressed';
      if (flags !== 0) return 'flags';
      const length = prefix.readUInt32BE(1);
      if (length > maxBytes) return 'too_large';
      const whole = prefixLength + length;
      if (size < whole) return null;
      const bytes = peek(whole).subarray(prefixLength);
      drop(whole);
      return length < copyBelow ? Buffer.from(bytes) : bytes;
    },
    get rest() {
      return size;
    },
  };
}
