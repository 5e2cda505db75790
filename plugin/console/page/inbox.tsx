import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Act, BatchDialog } from './batch.tsx';
import { useConsole } from './context.tsx';
import { Detail } from './detail.tsx';
import { Icon } from './icons.tsx';
import { arrange, beside, type Row, type Sieve, type Tab, tabOf, tabs, valuesOf } from './inbox.ts';
import type { Command } from './keys.ts';
import { Empty, Failure, Kbd, Loading } from './parts.tsx';
import { HoldRow } from './row.tsx';
import type { Keyed } from './shell.tsx';
import { counted, plain } from './text.ts';
import type { View } from './wire.ts';

/** Rows that are drawn at once. */
const pageRows = 100;

/** Holds that one batch may decide. */
const batchLimit = 100;

/** All that waits, and the one that is read. */
export function InboxPage({ open, onCommand }: Keyed & { readonly open: string | null }) {
  const { holds, go } = useConsole();
  const [sieve, setSieve] = useState<Sieve>({ tab: 'decide', text: '', rule: '', asker: '' });
  const [drawn, setDrawn] = useState(pageRows);
  const { rows, hand } = useRows(holds.all, sieve);
  const batch = useSelection(rows);
  const [asked, setAsked] = useState<Asked | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const detail = useRef<((command: Command) => boolean) | null>(null);
  const openHold = useCallback((id: string | null, replace = false) => go({ page: 'inbox', hold: id }, replace), [go]);

  onCommand((command) => {
    const ids = rows.map(({ view }) => view.id);
    const move = (step: 1 | -1) => {
      const next = beside(ids, open, step);
      if (next === null) return;
      openHold(next, open !== null);
      requestAnimationFrame(() => document.getElementById(`row-${next}`)?.scrollIntoView({ block: 'nearest' }));
    };
    const acts: Partial<Record<Command, () => void>> = {
      next: () => move(1),
      previous: () => move(-1),
      open: () => (open === null ? move(1) : document.getElementById('hold-title')?.focus()),
      select: () => open !== null && batch.toggle(open),
      search: () => search.current?.focus(),
      back: () => (batch.chosen.size > 0 && open === null ? batch.clear() : openHold(null)),
    };
    if (command === 'back' && document.activeElement === search.current) {
      search.current?.blur();
      setSieve((before) => ({ ...before, text: '' }));
      return true;
    }
    const act = acts[command];
    if (act === undefined) return detail.current?.(command) ?? false;
    act();
    return true;
  });

  const counts = useMemo(() => {
    const found = { decide: 0, waiting: 0, approved: 0 };
    for (const view of holds.all.values()) {
      const tab = tabOf(view);
      if (tab !== null) found[tab] += 1;
    }
    return found;
  }, [holds.all]);

  return (
    <div class="inbox">
      <section class="list-pane" aria-labelledby="inbox-title">
        <header class="list-head">
          <h1 id="inbox-title">Inbox</h1>
          <search class="search">
            <Icon name="search" />
            <input
              ref={search}
              type="search"
              placeholder="Search commands, people, rules"
              aria-label="Search the list"
              value={sieve.text}
              onInput={({ currentTarget }) => setSieve({ ...sieve, text: currentTarget.value })}
            />
            <Kbd>/</Kbd>
          </search>
          <fieldset class="segments">
            <legend class="unseen-label">Which requests</legend>
            {tabs.map(({ tab, label }) => (
              <button
                key={tab}
                type="button"
                aria-pressed={sieve.tab === tab}
                onClick={() => {
                  batch.clear();
                  setSieve({ ...sieve, tab });
                }}
              >
                {label} <span class="segment-count">{counts[tab]}</span>
              </button>
            ))}
          </fieldset>
          <Sieves {...{ sieve, setSieve }} all={holds.all} />
        </header>
        <p class="unseen-label" role="status">
          {holds.loading ? 'Loading' : counted(rows.filter(({ gone }) => !gone).length, 'request')}
        </p>
        <ul class="rows" aria-label="Requests, oldest first" {...hand}>
          {rows.slice(0, drawn).map((row) => (
            <HoldRow
              key={row.view.id}
              {...row}
              open={row.view.id === open}
              chosen={batch.chosen.has(row.view.id)}
              choose={sieve.tab === 'decide' ? () => batch.toggle(row.view.id) : null}
              read={() => openHold(row.view.id, open !== null)}
            />
          ))}
        </ul>
        {rows.length > drawn && (
          <button type="button" class="button more" onClick={() => setDrawn(drawn + pageRows)}>
            Show {Math.min(pageRows, rows.length - drawn)} more of {rows.length}
          </button>
        )}
        {rows.length === 0 && (
          <NoRows sieve={sieve} clear={() => setSieve({ ...sieve, text: '', rule: '', asker: '' })} />
        )}
        {batch.chosen.size > 0 && <BatchBar batch={batch} rows={rows} ask={setAsked} />}
      </section>
      {asked !== null && (
        <BatchDialog
          {...asked}
          close={(decided) => {
            setAsked(null);
            if (decided) batch.clear();
          }}
        />
      )}
      <section class="detail-pane" aria-label="The request">
        {open === null ? (
          <Nothing rows={rows} tab={sieve.tab} start={(id) => openHold(id)} />
        ) : (
          <Detail
            key={open}
            id={open}
            rows={rows}
            leave={(next) => openHold(next, next !== null)}
            onCommand={(hear) => {
              detail.current = hear;
            }}
          />
        )}
      </section>
    </div>
  );
}

/** The rows, which keep their places while a pointer or a finger is on the list. */
function useRows(all: ReadonlyMap<string, View>, sieve: Sieve) {
  const [held, setHeld] = useState(false);
  const before = useRef<{ readonly sieve: Sieve; readonly ids: readonly string[] }>({ sieve, ids: [] });
  const release = useRef<ReturnType<typeof setTimeout>>(undefined);
  const rows = arrange(before.current.ids, all, sieve, held && before.current.sieve === sieve);
  before.current = { sieve, ids: rows.map(({ view }) => view.id) };
  useEffect(() => () => clearTimeout(release.current), []);
  const hold = () => {
    clearTimeout(release.current);
    setHeld(true);
  };
  // A finger has no place when it is lifted: the list waits until it would have come again.
  const letGo = (ms: number) => {
    clearTimeout(release.current);
    release.current = setTimeout(() => setHeld(false), ms);
  };
  const hand = {
    onPointerEnter: hold,
    onPointerMove: () => held || hold(),
    onPointerLeave: (event: PointerEvent) => letGo(event.pointerType === 'mouse' ? 0 : 3_000),
    onPointerCancel: () => letGo(3_000),
  };
  return { rows, hand };
}

interface Selection {
  readonly chosen: ReadonlySet<string>;
  toggle(id: string): void;
  set(ids: readonly string[]): void;
  clear(): void;
}

/** What is chosen for a batch: only what can still be decided. */
function useSelection(rows: readonly Row[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const open = new Set(rows.filter(({ view, gone }) => !gone && tabOf(view) === 'decide').map(({ view }) => view.id));
  const chosen = new Set([...ids].filter((id) => open.has(id)));
  return {
    chosen,
    toggle: (id) =>
      setIds(chosen.has(id) ? new Set([...chosen].filter((one) => one !== id)) : new Set([...chosen, id])),
    set: (all) => setIds(new Set(all.slice(0, batchLimit))),
    clear: () => setIds(new Set()),
  };
}

/** What is asked of several: the holds as their rows showed them when it was asked. */
interface Asked {
  readonly act: Act;
  readonly views: readonly View[];
}

function BatchBar({
  batch,
  rows,
  ask,
}: {
  readonly batch: Selection;
  readonly rows: readonly Row[];
  readonly ask: (asked: Asked) => void;
}) {
  const views = rows.map(({ view }) => view).filter(({ id }) => batch.chosen.has(id));
  const all = rows.filter(({ gone }) => !gone).map(({ view }) => view.id);
  return (
    <section class="batch-bar" aria-label="Batch">
      <span class="batch-count">{views.length} selected</span>
      {views.length < Math.min(all.length, batchLimit) && (
        <button type="button" class="button quiet" onClick={() => batch.set(all)}>
          All {Math.min(all.length, batchLimit)}
        </button>
      )}
      <button type="button" class="button quiet square" aria-label="Clear the selection" onClick={batch.clear}>
        <Icon name="cross" />
      </button>
      <span class="grow" />
      <button type="button" class="button" onClick={() => ask({ act: 'reject', views })}>
        Reject
      </button>
      <button type="button" class="button primary" onClick={() => ask({ act: 'approve', views })}>
        Approve {views.length}
      </button>
    </section>
  );
}

/** What narrows the list down; only what occurs in it. */
function Sieves({
  sieve,
  setSieve,
  all,
}: {
  readonly sieve: Sieve;
  readonly setSieve: (sieve: Sieve) => void;
  readonly all: ReadonlyMap<string, View>;
}) {
  const open = [...all.values()].filter((view) => tabOf(view) === sieve.tab);
  const rules = valuesOf(open, ({ rule }) => rule);
  const askers = valuesOf(open, ({ asker }) => asker.id);
  const choices = [
    { name: 'rule', label: 'Rule', none: 'All rules', values: rules },
    { name: 'asker', label: 'Asked by', none: 'Anyone', values: askers },
  ] as const;
  if (rules.length < 2 && askers.length < 2 && sieve.rule === '' && sieve.asker === '') return null;
  return (
    <div class="sieves">
      {choices.map(({ name, label, none, values }) => (
        <select
          key={name}
          aria-label={label}
          value={sieve[name]}
          onChange={({ currentTarget }) => setSieve({ ...sieve, [name]: currentTarget.value })}
        >
          <option value="">{none}</option>
          {values.map((value) => (
            <option key={value} value={value}>
              {plain(value)}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}

function NoRows({ sieve, clear }: { readonly sieve: Sieve; readonly clear: () => void }) {
  const { holds } = useConsole();
  if (holds.loading) return <Loading />;
  if (holds.fault !== null)
    return <Failure problem={{ status: 0, code: 'offline', detail: holds.fault }} again={holds.reload} />;
  if (sieve.text !== '' || sieve.rule !== '' || sieve.asker !== '')
    return (
      <div class="empty">
        <h2>Nothing like that waits</h2>
        <button type="button" class="button" onClick={clear}>
          Show all
        </button>
      </div>
    );
  return {
    decide: (
      <Empty icon="check" title="Nothing waits for you">
        A request that needs you appears here by itself.
      </Empty>
    ),
    waiting: (
      <Empty icon="inbox" title="Nothing waits for others">
        Requests that you approved, asked for, or may not decide stand here.
      </Empty>
    ),
    approved: (
      <Empty icon="grants" title="No approval is unused">
        Approved requests stand here until they have run.
      </Empty>
    ),
  }[sieve.tab];
}

/** Nothing is read: where to begin. */
function Nothing({
  rows,
  tab,
  start,
}: {
  readonly rows: readonly Row[];
  readonly tab: Tab;
  readonly start: (id: string) => void;
}) {
  const [first] = rows;
  if (first === undefined) return null;
  return (
    <div class="nothing">
      <p class="nothing-count">{rows.length}</p>
      <p>{nothingWords(rows, tab)}</p>
      <button type="button" class="button primary" onClick={() => start(first.view.id)}>
        Read the oldest
      </button>
      <p class="note">
        <Kbd>j</Kbd> <Kbd>k</Kbd> to move, <Kbd>x</Kbd> to select, <Kbd>?</Kbd> for all keys
      </p>
    </div>
  );
}

function nothingWords(rows: readonly Row[], tab: Tab): string {
  const one = rows.length === 1;
  if (tab === 'approved') return one ? 'approval has not been used yet' : 'approvals have not been used yet';
  const whom = tab === 'decide' ? 'you' : 'others';
  return one ? `request waits for ${whom}` : `requests wait for ${whom}, the oldest first`;
}
