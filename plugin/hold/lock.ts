/** Runs tasks of one key one after another, in the order in which they came; of different keys side by side. */
export type Lock = <T>(key: string, task: () => Promise<T>) => Promise<T>;

/** A lock within this process. A task that rejects does not stop those behind it. */
export function openLock(): Lock {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const before = tails.get(key) ?? Promise.resolve();
    const mine = before.then(task, task);
    const tail = mine.catch(() => {});
    tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}
