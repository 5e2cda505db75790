import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that are read where they are wanted: a `Buffer`, or a file. */
export interface Bytes {
  readonly length: number;
  /** A view, good until the next call. Shorter than asked where the file can't be read so far. */
  subarray(from: number, to: number): Buffer;
}

/** Bytes of a file; whoever opened it closes it. */
export interface FileBytes extends Bytes {
  close(): void;
}

/** A pipe or a device would never end, and no file of a log is larger than a segment and its last batch. */
export const largestFile = 128 * 1024 * 1024;

/** What is read at once: some 20 batches. */
const windowBytes = 1024 * 1024;

/**
 * A file from `start` on, as long as it is now, a piece of 1 MiB in memory at a time, or as much as is asked for at once.
 * Null when it can't be opened, is no file, or is larger than any file of a log.
 */
export function openBytes(file: string, start = 0): FileBytes | null {
  const descriptor = opened(file);
  if (descriptor === null) return null;
  const stat = fstatSync(descriptor);
  if (!stat.isFile() || stat.size > largestFile) {
    closeSync(descriptor);
    return null;
  }
  const length = Math.max(0, stat.size - start);
  let memory = Buffer.alloc(0);
  let [first, end] = [0, 0];

  /** Reads a piece that begins at `from`. */
  function load(from: number, least: number): void {
    const wanted = Math.min(Math.max(windowBytes, least), length - from);
    if (memory.length < wanted) memory = Buffer.allocUnsafeSlow(wanted);
    [first, end] = [from, from];
    try {
      while (end - from < wanted) {
        const read = readSync(descriptor ?? -1, memory, end - from, wanted - (end - from), start + end);
        if (read === 0) return;
        end += read;
      }
    } catch {
      // What was read before the fault is there; the reader sees that the rest is not.
    }
  }

  return {
    length,
    subarray(from, to) {
      const upTo = Math.min(to, length);
      if (from >= upTo) return Buffer.alloc(0);
      if (from < first || upTo > end) load(from, upTo - from);
      return memory.subarray(from - first, Math.min(upTo, end) - first);
    },
    close: () => closeSync(descriptor),
  };
}

function opened(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch {
    return null;
  }
}
