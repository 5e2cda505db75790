import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Console, useConsole } from './context.tsx';
import { DeviationsPage } from './deviations.tsx';
import { GrantsPage } from './grants.tsx';
import { Help } from './help.tsx';
import { HistoryPage } from './history.tsx';
import { Icon, type IconName, Mark } from './icons.tsx';
import { tabOf } from './inbox.ts';
import { InboxPage } from './inbox.tsx';
import { type Command, readKey } from './keys.ts';
import { Empty } from './parts.tsx';
import { initials } from './people.ts';
import { pathOf, type Route } from './route.ts';
import { SettingsPage } from './settings.tsx';
import { plain } from './text.ts';

const places = [
  { page: 'inbox', label: 'Inbox', icon: 'inbox' },
  { page: 'grants', label: 'Grants', icon: 'grants' },
  { page: 'history', label: 'History', icon: 'history' },
  { page: 'deviations', label: 'Deviations', icon: 'deviations' },
  { page: 'settings', label: 'Settings', icon: 'settings' },
] as const satisfies readonly { readonly page: string; readonly label: string; readonly icon: IconName }[];

/** A page hears what keys mean; what it does not take is the shell's. */
export type Keyed = { readonly onCommand: (hear: (command: Command) => boolean) => void };

/** The frame of every page: where one is, where one can go, and whether the page is live. */
export function Shell() {
  const console = useConsole();
  const { route, holds, session, link } = console;
  const [help, setHelp] = useState(false);
  const listener = useRef<((command: Command) => boolean) | null>(null);
  useKeys(console, listener, () => setHelp(true));
  const waiting = [...holds.all.values()].filter((view) => tabOf(view) === 'decide').length;
  const place = places.find(({ page }) => page === route.page);
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${place?.label ?? 'Not found'} \u00b7 Countersign`;
  }, [waiting, place]);
  // Another page takes the hand: what the last one heard is no longer meant for it.
  if (route.page !== 'inbox') listener.current = null;

  return (
    <div class={`shell on-${route.page} ${route.page === 'inbox' && route.hold !== null ? 'reading' : ''}`}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="side">
        <Place to={{ page: 'inbox', hold: null }} class="brand" label="Countersign, inbox">
          <Mark />
          <span>Countersign</span>
        </Place>
        <nav aria-label="Console">
          {places.map(({ page, label, icon }) => (
            <Place
              key={page}
              to={page === 'inbox' ? { page, hold: null } : { page }}
              class="place"
              current={route.page === page}
            >
              <Icon name={icon} />
              <span>{label}</span>
              {page === 'inbox' && waiting > 0 && (
                <span class="count">
                  {waiting}
                  <span class="unseen-label"> to decide</span>
                </span>
              )}
            </Place>
          ))}
        </nav>
        <div class="side-foot">
          <p class={`link ${link}`} role="status">
            <span class="dot" aria-hidden="true" />
            {linkWords[link]}
          </p>
          <div class="me">
            <span class="avatar" aria-hidden="true">
              {initials(session.viewer.name)}
            </span>
            <span class="me-name">
              <span>{plain(session.viewer.name)}</span>
              <span class="me-groups">{plain(session.viewer.groups.join(', '))}</span>
            </span>
            <button type="button" class="button quiet square" aria-label="Keys and help" onClick={() => setHelp(true)}>
              <Icon name="help" />
            </button>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {link === 'offline' && (
          <p class="offline" role="alert">
            <Icon name="alert" />
            Not connected. What is shown may be old; nothing can be decided until the service answers.
          </p>
        )}
        <Page route={route} onCommand={(hear) => (listener.current = hear)} />
      </main>
      {help && <Help close={() => setHelp(false)} />}
    </div>
  );
}

const linkWords = { live: 'Live', connecting: 'Connecting', offline: 'Not connected' } as const;

function Page({ route, onCommand }: Keyed & { readonly route: Route }) {
  if (route.page === 'inbox') return <InboxPage open={route.hold} onCommand={onCommand} />;
  if (route.page === 'history') return <HistoryPage />;
  if (route.page === 'grants') return <GrantsPage />;
  if (route.page === 'deviations') return <DeviationsPage />;
  if (route.page === 'settings') return <SettingsPage />;
  return (
    <Empty icon="search" title="There is no such page">
      The link may be cut off. A request is found by its id in the inbox.
    </Empty>
  );
}

/** A link within the console: a new tab stays a new tab. */
function Place({
  to,
  current = false,
  children,
  label,
  ...rest
}: {
  readonly to: Route;
  readonly current?: boolean;
  readonly class: string;
  readonly label?: string;
  readonly children: ComponentChildren;
}) {
  const { go } = useConsole();
  return (
    <a
      {...rest}
      href={pathOf(to)}
      aria-label={label}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

const destinations: Readonly<Partial<Record<Command, Route>>> = {
  inbox: { page: 'inbox', hold: null },
  grants: { page: 'grants' },
  history: { page: 'history' },
  deviations: { page: 'deviations' },
};

function useKeys(
  { prefs, go }: Console,
  listener: { readonly current: ((command: Command) => boolean) | null },
  help: () => void,
): void {
  useEffect(() => {
    if (!prefs.shortcuts) return;
    let awaiting = '';
    const hear = (event: KeyboardEvent) => {
      // A dialog has its own keys; a key that is held down decides nothing.
      if (document.querySelector('dialog[open]') !== null || event.repeat) return;
      const at = event.target instanceof HTMLElement ? event.target : null;
      const read = readKey(
        {
          ...{ key: event.key, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey },
          writing: at?.matches('input:not([type=checkbox]), textarea, select, [contenteditable]') ?? false,
          acting: at?.matches('a, button, summary, input[type=checkbox]') ?? false,
        },
        awaiting,
      );
      awaiting = read.awaiting;
      if (read.command === null) return;
      const place = destinations[read.command];
      if (read.command === 'help') help();
      else if (place !== undefined) go(place);
      else if (listener.current?.(read.command) !== true) return;
      event.preventDefault();
    };
    addEventListener('keydown', hear);
    return () => removeEventListener('keydown', hear);
  }, [prefs.shortcuts, go, help, listener]);
}
