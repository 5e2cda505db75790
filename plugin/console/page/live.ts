import type { Change } from './wire.ts';

/** The part of an `EventSource` that is used. */
export interface Source {
  addEventListener(name: string, listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
  readonly readyState: number;
}

/** Whom the stream tells. */
export interface Listeners {
  readonly hold: (change: Change) => void;
  readonly deviation: (change: Change) => void;
  /** The stream is open: what happened before it is not told, so all is read again. */
  readonly open: () => void;
  /** It broke, and is being tried again. */
  readonly broken: () => void;
}

/** Milliseconds until a stream that the browser gave up on is opened again, by how often that failed. */
const delays = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** `EventSource.CLOSED` */
const closed = 2;

/** Listens to `/api/v1/events` for as long as it takes. Gives back what ends it. */
export function listen(
  { hold, deviation, open, broken }: Listeners,
  connect: () => Source,
  later: (run: () => void, ms: number) => unknown = setTimeout,
): () => void {
  let failures = 0;
  let source: Source | null = null;
  let over = false;
  const begin = () => {
    if (over) return;
    const opened = connect();
    source = opened;
    opened.addEventListener('open', () => {
      failures = 0;
      open();
    });
    opened.addEventListener('error', () => {
      broken();
      // The browser tries again by itself unless the answer was no stream at all.
      if (opened.readyState !== closed || over) return;
      opened.close();
      later(begin, delays[Math.min(failures, delays.length - 1)] ?? 30_000);
      failures += 1;
    });
    for (const [name, tell] of [
      ['hold', hold],
      ['deviation', deviation],
    ] as const)
      opened.addEventListener(name, ({ data }) => {
        const change = readChange(data);
        if (change !== null) tell(change);
      });
  };
  begin();
  return () => {
    over = true;
    source?.close();
  };
}

function readChange(data: unknown): Change | null {
  try {
    const { id, state, version } = JSON.parse(String(data)) as Partial<Record<keyof Change, unknown>>;
    if (typeof id !== 'string') return null;
    return { id, state: typeof state === 'string' ? state : '', version: typeof version === 'number' ? version : 0 };
  } catch {
    return null;
  }
}
