/** Who waits for a hold. */
export interface Waiters {
  /** Joins those who wait for `id`. */
  join(id: string, until: { readonly deadline: number; readonly signal: AbortSignal }): Promise<Waited>;
  /** Wakes all that wait for `id`. */
  wake(id: string): void;
  /** How many wait for `id`. */
  count(id: string): number;
  /** Tells all that nobody waits here any longer. */
  close(): void;
}

/** How a wait ended: woken, out of time, the caller gone, or we are closing. */
export type Waited = 'woken' | 'deadline' | 'gone' | 'closing';

/** Longest delay that setTimeout takes, milliseconds. */
const longestTimer = 2_147_483_647;

/** Nobody waits. A deadline is of the machine's clock when the wait begins; how long it is does not change with it. */
export function openWaiters(now: () => number = Date.now): Waiters {
  const waiting = new Map<string, Set<(waited: Waited) => void>>();
  return {
    join(id, { deadline, signal }) {
      return new Promise((resolve) => {
        const others = waiting.get(id) ?? new Set();
        waiting.set(id, others);
        const end = (waited: Waited) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', gone);
          others.delete(end);
          if (others.size === 0 && waiting.get(id) === others) waiting.delete(id);
          resolve(waited);
        };
        const gone = () => end('gone');
        const timer = setTimeout(() => end('deadline'), Math.min(Math.max(deadline - now(), 0), longestTimer));
        signal.addEventListener('abort', gone);
        others.add(end);
        if (signal.aborted) gone();
      });
    },
    wake(id) {
      for (const end of [...(waiting.get(id) ?? [])]) end('woken');
    },
    count: (id) => waiting.get(id)?.size ?? 0,
    close() {
      for (const others of [...waiting.values()]) for (const end of [...others]) end('closing');
    },
  };
}
