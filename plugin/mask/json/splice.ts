/**
 * Output of one chunk. Unchanged stretches are views of the input until the first splice; from then on all is copied
 * into one buffer, so that a chunk makes one piece of output however many masks it meets.
 */
export interface Splice {
  /** Starts on the bytes of a chunk: nothing of them has been let go. */
  begin(bytes: Buffer): void;
  /** Lets go what stands before `to`. */
  keep(to: number): void;
  /** Leaves out what stands before `to`. */
  skip(to: number): void;
  /** Puts `bytes` in. */
  put(bytes: Uint8Array): void;
  /** Lets go what stands before `to`, and returns all that was let go of this chunk. */
  take(to: number): Uint8Array;
}

/** Opens a splice, to be used for one chunk after the other. */
export function openSplice(): Splice {
  let source: Buffer = Buffer.alloc(0);
  /** Bytes of the source before this are let go or left out. */
  let done = 0;
  /** The source from `first` to `done` is let go, and nothing else: no copy was needed yet. */
  let first = 0;
  let target: Buffer | null = null;
  let length = 0;

  function append(bytes: Buffer | Uint8Array, from: number, to: number): void {
    if (from >= to) return;
    target ??= Buffer.allocUnsafe(source.length + 256);
    if (length + to - from > target.length) {
      const larger = Buffer.allocUnsafe(2 * (length + to - from));
      larger.set(target.subarray(0, length));
      target = larger;
    }
    copy(bytes, from, to, target, length);
    length += to - from;
  }

  /** From here on the output is not one stretch of the source. */
  function breakUp(): void {
    if (target !== null) return;
    append(source, first, done);
    first = done;
  }

  return {
    begin(bytes) {
      source = bytes;
      done = first = length = 0;
      target = null;
    },
    keep(to) {
      if (target !== null) append(source, done, to);
      done = to;
    },
    skip(to) {
      breakUp();
      done = first = to;
    },
    put(bytes) {
      breakUp();
      append(bytes, 0, bytes.length);
    },
    take(to) {
      if (target === null) return source.subarray(first, to);
      append(source, done, to);
      return target.subarray(0, length);
    },
  };
}

/** Below this many bytes a loop is faster than a call out of JavaScript (measured). */
const shortCopy = 32;

function copy(from: Uint8Array, start: number, end: number, to: Buffer, at: number): void {
  if (end - start > shortCopy) {
    to.set(from.subarray(start, end), at);
    return;
  }
  for (let i = start, j = at; i < end; i++, j++) to[j] = from[i] as number;
}
