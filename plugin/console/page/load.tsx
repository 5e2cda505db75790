import { useCallback, useEffect, useState } from 'preact/hooks';
import { problemOf } from './api.ts';
import type { Problem } from './wire.ts';

/** What is read for a page: not yet, refused, or there. */
export interface Loaded<Value> {
  readonly value: Value | null;
  readonly problem: Problem | null;
  readonly reload: () => void;
}

/** Reads when the view appears, when `news` changes, and when asked. What was there stays until there is more. */
export function useLoaded<Value>(read: () => Promise<Value>, news: unknown): Loaded<Value> {
  const [state, setState] = useState<Pick<Loaded<Value>, 'value' | 'problem'>>({ value: null, problem: null });
  const [tries, setTries] = useState(0);
  // `read` is made anew each time; what it reads is named by `news`
  useEffect(() => {
    let gone = false;
    read().then(
      (value) => {
        if (!gone) setState({ value, problem: null });
      },
      (error: unknown) => {
        if (!gone) setState((before) => ({ ...before, problem: problemOf(error) }));
      },
    );
    return () => {
      gone = true;
    };
  }, [news, tries]);
  return { ...state, reload: useCallback(() => setTries((count) => count + 1), []) };
}
