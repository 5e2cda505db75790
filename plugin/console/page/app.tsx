import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { openApi, problemOf } from './api.ts';
import { type Console, ConsoleContext, type Toast } from './context.tsx';
import { useHolds } from './holds.tsx';
import { Failure, Toasts } from './parts.tsx';
import { type Prefs, readPrefs } from './prefs.ts';
import { pathOf, type Route, routeOf } from './route.ts';
import { Shell } from './shell.tsx';
import { SignIn } from './signin.tsx';
import { serverClock } from './time.ts';
import type { Login, Problem, Session } from './wire.ts';

type Standing =
  | { readonly is: 'loading' }
  | { readonly is: 'out'; readonly login: readonly Login[]; readonly ended: boolean }
  | { readonly is: 'in'; readonly session: Session }
  | { readonly is: 'broken'; readonly problem: Problem };

const kept = 'countersign.prefs';

/** The console: who is signed in, or the way in. */
export function App() {
  const [standing, setStanding] = useState<Standing>({ is: 'loading' });
  const clock = useMemo(() => serverClock(), []);
  const api = useMemo(
    () =>
      openApi(clock, (_, body) => {
        const { login } = (body ?? {}) as { readonly login?: readonly Login[] };
        setStanding((before) => ({
          is: 'out',
          login: login ?? ('login' in before ? before.login : before.is === 'in' ? before.session.login : []),
          ended: before.is === 'in' || (before.is === 'out' && before.ended),
        }));
      }),
    [clock],
  );
  const load = useCallback(() => {
    api.session().then(
      (session) => setStanding({ is: 'in', session }),
      (error: unknown) => {
        const problem = problemOf(error);
        if (problem.status !== 401) setStanding({ is: 'broken', problem });
      },
    );
  }, [api]);
  useEffect(load, [load]);
  const [prefs, choose] = usePrefs();

  if (standing.is === 'loading') return <div class="splash" role="status" aria-label="Loading" />;
  if (standing.is === 'out') return <SignIn login={standing.login} ended={standing.ended} />;
  if (standing.is === 'broken')
    return (
      <main class="splash">
        <Failure problem={standing.problem} again={load} />
      </main>
    );
  return <SignedIn {...{ api, clock, prefs, choose }} session={standing.session} reloadSession={load} />;
}

type Given = Pick<Console, 'api' | 'clock' | 'prefs' | 'choose' | 'session' | 'reloadSession'>;

function SignedIn(given: Given) {
  const { api, prefs, session } = given;
  const [route, go] = useRoute();
  const [toasts, setToasts] = useState<readonly (Toast & { readonly n: number })[]>([]);
  const say = useCallback((toast: Toast) => {
    const n = performance.now();
    setToasts((before) => [...before.slice(-2), { ...toast, n }]);
    setTimeout(() => setToasts((before) => before.filter((one) => one.n !== n)), 6_000);
  }, []);
  const { holds, link, deviationNews } = useHolds(api, prefs.notify, session);
  const console: Console = { ...given, ...{ holds, link, deviationNews, route, go, say } };
  return (
    <ConsoleContext.Provider value={console}>
      <Shell />
      <Toasts toasts={toasts} />
    </ConsoleContext.Provider>
  );
}

/** The place in the address bar. */
function useRoute(): readonly [Route, Console['go']] {
  const [route, setRoute] = useState(() => routeOf(location.pathname));
  useEffect(() => {
    const hear = () => setRoute(routeOf(location.pathname));
    addEventListener('popstate', hear);
    return () => removeEventListener('popstate', hear);
  }, []);
  const go = useCallback((next: Route, replace = false) => {
    const path = pathOf(next);
    if (path !== location.pathname) history[replace ? 'replaceState' : 'pushState'](null, '', path);
    setRoute(next);
  }, []);
  return [route, go];
}

function usePrefs(): readonly [Prefs, (some: Partial<Prefs>) => void] {
  const [prefs, setPrefs] = useState(() => readPrefs(localStorage.getItem(kept)));
  // Before anything is drawn: no flash of the other colours.
  useLayoutEffect(() => {
    const { dataset } = document.documentElement;
    if (prefs.theme === 'system') delete dataset.theme;
    else dataset.theme = prefs.theme;
  }, [prefs.theme]);
  const choose = useCallback((some: Partial<Prefs>) => {
    setPrefs((before) => {
      const next = { ...before, ...some };
      localStorage.setItem(kept, JSON.stringify(next));
      return next;
    });
  }, []);
  return [prefs, choose];
}
