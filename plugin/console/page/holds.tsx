import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Api, problemOf } from './api.ts';
import type { Holds, Link } from './context.tsx';
import { tabOf } from './inbox.ts';
import { listen, type Source } from './live.ts';
import type { Change, Session, View } from './wire.ts';

/** Milliseconds after which all is read again, whatever the stream told. */
const rereadMs = 60_000;

/** Holds that have ended and are remembered, so that a row keeps its place while somebody points at the list. */
const keptLimit = 200;

type Told = Omit<Holds, 'take' | 'reload'>;

/** The holds, live: read once, then each that the stream names. A hold is never replaced by an older version of it. */
export function useHolds(
  api: Api,
  notify: boolean,
  session: Session,
): { readonly holds: Holds; readonly link: Link; readonly deviationNews: number } {
  const [told, setTold] = useState<Told>({ all: new Map(), loading: true, fault: null });
  const [link, setLink] = useState<Link>('connecting');
  const [deviationNews, setDeviationNews] = useState(0);
  const known = useRef<ReadonlyMap<string, View>>(told.all);
  const telling = useRef(notify);
  telling.current = notify;

  const keep = useCallback((all: ReadonlyMap<string, View>) => {
    known.current = all;
    setTold({ all, loading: false, fault: null });
  }, []);

  const take = useCallback(
    (view: View) => {
      const before = known.current.get(view.id);
      if (before !== undefined && before.version > view.version) return;
      // A closed hold's texts are gone; whoever reads them goes on reading what was there.
      const display = view.display ?? before?.display ?? null;
      const justification = view.justification ?? before?.justification ?? null;
      keep(new Map(known.current).set(view.id, { ...view, display, justification }));
      if (before === undefined && telling.current && document.hidden && tabOf(view) === 'decide') tell(view);
    },
    [keep],
  );

  const reload = useCallback(() => {
    api.holds().then(
      (views) => {
        const there = new Set(views.map(({ id }) => id));
        const missing = [...known.current.values()].filter((view) => !there.has(view.id) && tabOf(view) !== null);
        keep(merged(known.current, views));
        for (const { id } of missing.slice(0, keptLimit)) api.hold(id).then(take, () => {});
      },
      (error: unknown) => {
        const { status, detail } = problemOf(error);
        if (status !== 401) setTold((before) => ({ ...before, loading: false, fault: detail }));
      },
    );
  }, [api, keep, take]);

  // Another viewer hears another stream.
  useEffect(() => {
    const changed = ({ id, version }: Change) => {
      if ((known.current.get(id)?.version ?? 0) >= version) return;
      api.hold(id).then(take, (error: unknown) => {
        if (problemOf(error).status === 0) reload();
      });
    };
    const end = listen(
      {
        hold: changed,
        deviation: () => setDeviationNews((count) => count + 1),
        open() {
          setLink('live');
          reload();
        },
        broken: () => setLink('offline'),
      },
      () => new EventSource('/api/v1/events') as unknown as Source,
    );
    reload();
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, rereadMs);
    const shown = () => {
      if (!document.hidden) reload();
    };
    document.addEventListener('visibilitychange', shown);
    return () => {
      end();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', shown);
    };
  }, [api, reload, take, session.viewer.id]);

  return { holds: { ...told, take, reload }, link, deviationNews };
}

/** The list as it was just read, and what of before is not in it: that has ended, and is asked for one by one. */
function merged(known: ReadonlyMap<string, View>, views: readonly View[]): ReadonlyMap<string, View> {
  const all = new Map(
    views.map((view) => {
      const before = known.get(view.id);
      return [view.id, before === undefined ? view : same(before, view)] as const;
    }),
  );
  for (const [id, view] of [...known].slice(-keptLimit)) if (!all.has(id)) all.set(id, view);
  return all;
}

/** Of one version, but hours may have begun or ended: the viewer's powers are as of now. */
function same(before: View, view: View): View {
  return before.version > view.version ? before : { ...view, rejectedBefore: before.rejectedBefore };
}

/** Id, rule and link only: whoever looks over a shoulder sees no text (holds.md). */
function tell({ id, rule }: View): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const notice = new Notification('A request waits for your approval', { body: rule, tag: id });
  notice.addEventListener('click', () => {
    window.focus();
    location.assign(`/holds/${id}`);
  });
}
