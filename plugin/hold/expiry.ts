/** Longest delay that setTimeout takes, milliseconds. */
const longestTimer = 2_147_483_647;

/** Milliseconds until a run that failed is tried again. */
const retryAfter = 1_000;

/** One timer for whatever ends first. */
export interface Expiry {
  /** Something ends at this time, milliseconds since 1970. */
  at(due: number): void;
  /** No timer runs, and none is started. */
  stop(): Promise<void>;
}

/**
 * Calls `sweep` when something is due. `sweep` ends what is over and tells when the next is due, or null. A sweep that
 * rejects is repeated: what is over can't be used meanwhile, since every use looks at the clock itself.
 */
export function openExpiry(now: () => number, sweep: () => Promise<number | null>): Expiry {
  let timer: NodeJS.Timeout | undefined;
  let next = Number.POSITIVE_INFINITY;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  function at(due: number): void {
    if (stopped || due >= next) return;
    clearTimeout(timer);
    next = due;
    timer = setTimeout(run, Math.min(Math.max(due - now(), 0), longestTimer));
    timer.unref();
  }

  function run(): void {
    next = Number.POSITIVE_INFINITY;
    running = sweep().then(
      (due) => (due === null ? undefined : at(due)),
      () => at(now() + retryAfter),
    );
  }

  return {
    at,
    stop() {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}
