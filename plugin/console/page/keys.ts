/** What a key does. */
export type Command =
  | 'next'
  | 'previous'
  | 'open'
  | 'select'
  | 'approve'
  | 'reject'
  | 'search'
  | 'help'
  | 'back'
  | 'inbox'
  | 'history'
  | 'grants'
  | 'deviations';

/** Keys and what they do, in the order of the help sheet. `g i` is `g`, then `i`. */
export const keyMap: readonly {
  readonly keys: readonly string[];
  readonly command: Command;
  readonly does: string;
  readonly where: 'Inbox' | 'Everywhere';
}[] = [
  { keys: ['j', 'ArrowDown'], command: 'next', does: 'Next request', where: 'Inbox' },
  { keys: ['k', 'ArrowUp'], command: 'previous', does: 'Previous request', where: 'Inbox' },
  { keys: ['o', 'Enter'], command: 'open', does: 'Read the request', where: 'Inbox' },
  { keys: ['x'], command: 'select', does: 'Select for a batch', where: 'Inbox' },
  { keys: ['a'], command: 'approve', does: 'Approve', where: 'Inbox' },
  { keys: ['r'], command: 'reject', does: 'Reject, with a reason', where: 'Inbox' },
  { keys: ['/'], command: 'search', does: 'Search', where: 'Inbox' },
  { keys: ['Escape'], command: 'back', does: 'Close, or back to the list', where: 'Everywhere' },
  { keys: ['g i'], command: 'inbox', does: 'Go to the inbox', where: 'Everywhere' },
  { keys: ['g g'], command: 'grants', does: 'Go to grants', where: 'Everywhere' },
  { keys: ['g h'], command: 'history', does: 'Go to history', where: 'Everywhere' },
  { keys: ['g d'], command: 'deviations', does: 'Go to deviations', where: 'Everywhere' },
  { keys: ['?'], command: 'help', does: 'This sheet', where: 'Everywhere' },
];

/** A key as the browser tells of it, and where it was struck. */
export interface Struck {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** The focus is where text is written. */
  readonly writing: boolean;
  /** The focus is on something that Enter, space or arrows act on by themselves. */
  readonly acting: boolean;
}

/** The name of the first key of a pair that is awaited, or of nothing; and what to do now. */
export interface Reading {
  readonly command: Command | null;
  readonly awaiting: string;
}

/** Reads one key. `awaiting` is what the reading before it gave. Letters that are written stay letters. */
export function readKey(struck: Struck, awaiting: string): Reading {
  const nothing = { command: null, awaiting: '' };
  if (struck.ctrlKey || struck.metaKey || struck.altKey) return nothing;
  if (struck.writing && struck.key !== 'Escape') return nothing;
  if (struck.acting && ['Enter', 'ArrowDown', 'ArrowUp'].includes(struck.key)) return nothing;
  if (awaiting === '' && keyMap.some(({ keys }) => keys.some((one) => one.startsWith(`${struck.key} `))))
    return { command: null, awaiting: struck.key };
  const said = awaiting === '' ? struck.key : `${awaiting} ${struck.key}`;
  return { command: keyMap.find(({ keys }) => keys.includes(said))?.command ?? null, awaiting: '' };
}

/** A key as people know it. */
export function keyName(key: string): string {
  return { ArrowDown: '\u2193', ArrowUp: '\u2191', Escape: 'Esc' }[key] ?? key;
}
