/**
 * Exchanges that were allowed and whose response has not come by yet: a drain waits for them, because Envoy refuses a
 * response that nobody releases.
 */
export interface InFlight {
  /** True from `settle` on: new Checks get no answer any more, so that Envoy asks our successor. */
  readonly draining: boolean;
  allowed(exchange: string): void;
  released(exchange: string): void;
  /** Resolves when none is left, or after so many milliseconds: a caller who left before the response leaves one. */
  settle(timeoutMs: number): Promise<void>;
}

/** Remembered at most; the oldest are forgotten first. */
const limit = 100_000;

/** Nothing in flight, not draining. */
export function openInFlight(): InFlight {
  /** When each was allowed, milliseconds since 1970. */
  const open = new Map<string, number>();
  let draining = false;
  let settled: (() => void) | null = null;
  /** An Envoy without ext_proc never shows a response: nothing is remembered, nor waited for, before the first. */
  let released = false;
  return {
    get draining() {
      return draining;
    },
    allowed(exchange) {
      if (!released) return;
      open.set(exchange, Date.now());
      if (open.size > limit) for (const oldest of open.keys().take(1)) open.delete(oldest);
    },
    released(exchange) {
      released = true;
      open.delete(exchange);
      if (open.size === 0) settled?.();
    },
    async settle(timeoutMs) {
      draining = true;
      // Older ones are of callers who left before their response: nobody will release them.
      for (const [exchange, at] of open) if (at < Date.now() - timeoutMs) open.delete(exchange);
      if (open.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      settled = resolve;
      const timer = setTimeout(resolve, timeoutMs);
      await promise;
      clearTimeout(timer);
    },
  };
}
