import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Api } from './api.ts';
import type { Prefs } from './prefs.ts';
import type { Route } from './route.ts';
import type { ServerClock } from './time.ts';
import type { Session, View } from './wire.ts';

/** How the page hears of changes. */
export type Link = 'connecting' | 'live' | 'offline';

/** A word that is said once, and goes. */
export interface Toast {
  readonly text: string;
  readonly tone: 'good' | 'bad';
}

/** The holds as they were last told. */
export interface Holds {
  readonly all: ReadonlyMap<string, View>;
  readonly loading: boolean;
  /** Why they could not be read; null where they were. */
  readonly fault: string | null;
  /** Takes a hold as the service just said it is. */
  take(view: View): void;
  reload(): void;
}

/** What every view may use. */
export interface Console {
  readonly api: Api;
  readonly clock: ServerClock;
  readonly session: Session;
  readonly reloadSession: () => void;
  readonly holds: Holds;
  readonly link: Link;
  /** Counts the changes of deviations that were told. */
  readonly deviationNews: number;
  readonly prefs: Prefs;
  readonly choose: (prefs: Partial<Prefs>) => void;
  readonly route: Route;
  /** `replace`: the way back does not lead through where one is now. */
  readonly go: (route: Route, replace?: boolean) => void;
  readonly say: (toast: Toast) => void;
}

export const ConsoleContext = createContext<Console | null>(null);

/** The console around a view. */
export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (found === null) throw new Error('expected to stand within the console');
  return found;
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The server's time, told each second: one timer for all who count down. */
export function useNow(): number {
  const { clock } = useConsole();
  const [now, setNow] = useState(clock.now());
  useEffect(() => {
    const hear = () => setNow(clock.now());
    listeners.add(hear);
    timer ??= setInterval(() => {
      if (!document.hidden) for (const listener of [...listeners]) listener();
    }, 1_000);
    return () => {
      listeners.delete(hear);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, [clock]);
  return now;
}
