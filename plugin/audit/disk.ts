import { statfs } from 'node:fs/promises';

/** How much room the log's disk has, as of the last second. */
export interface DiskWatch {
  /** Bytes that this process may still write; infinite before the first look, or where the system does not say. */
  readonly free: number;
  /** True when what is left is for allows: denials are counted then, not entered one by one. */
  readonly scarce: boolean;
  /** Looks now. */
  look(): Promise<void>;
  close(): void;
}

/** Milliseconds between two looks: a flood writes some 20 MB in it at most. */
const every = 1_000;

/** Watches the disk of a folder; `reserve` is the bytes that are kept for allows. */
export function watchDisk(folder: string, reserve: number): DiskWatch {
  let free = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | null = null;

  async function stat(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(folder);
      free = bavail * bsize;
    } catch {
      // A folder that is gone is found by the log itself, at its next write.
      free = Number.POSITIVE_INFINITY;
    }
    looking = null;
  }

  /** One look at a time: on a disk that hangs they would pile up. */
  function look(): Promise<void> {
    looking ??= stat();
    return looking;
  }

  void look();
  const ticker = setInterval(() => void look(), every);
  ticker.unref();
  return {
    get free() {
      return free;
    },
    get scarce() {
      return free < reserve;
    },
    look,
    close: () => clearInterval(ticker),
  };
}
