/** Bytes at the end of a chunk that could not be let go, in front of the next chunk. */
export interface Carry {
  /** How many bytes are held back. */
  readonly length: number;
  /** What is held back, then the chunk, in one piece. Valid until `keep`. */
  join(chunk: Uint8Array): Buffer;
  /** Holds back the bytes from `from` on of what `join` returned. */
  keep(joined: Buffer, from: number): void;
}

/** Opens an empty carry. A token that grows over many chunks is copied a constant number of times per byte. */
export function openCarry(): Carry {
  let store: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    join(chunk) {
      if (length === 0) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      const total = length + chunk.length;
      if (total > store.length) store = grown(store.subarray(0, length), total);
      store.set(chunk, length);
      return store.subarray(0, total);
    },
    keep(joined, from) {
      const held = joined.length - from;
      // The store may be used on only while nothing of it was let go: what was let go is a view of it.
      if (from > 0 || length === 0) store = held === 0 ? Buffer.alloc(0) : grown(joined.subarray(from), held);
      length = held;
    },
  };
}

function grown(bytes: Uint8Array, atLeast: number): Buffer {
  const store = Buffer.allocUnsafe(2 * atLeast);
  store.set(bytes);
  return store;
}
