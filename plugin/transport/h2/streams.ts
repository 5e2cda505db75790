import type { Stream } from './stream.ts';

/** How a stream ended that is no longer open: what still comes for it is late (we stopped it) or wrong (it was over). */
export type Ended = 'stopped' | 'complete';

/** Ended streams that are remembered; the oldest are forgotten first. */
const remembered = 10_000;

/** The streams of a connection: RFC 9113 section 5.1. */
export interface Streams {
  readonly size: number;
  /** The highest that the peer has opened. */
  readonly last: number;
  /** Idle: it has never been. Even numbers are the server's, which opens none. */
  isIdle(id: number): boolean;
  get(id: number): Stream | undefined;
  /** How one ended that is not open; undefined when it was never opened, or too long ago. */
  ended(id: number): Ended | undefined;
  /** Opens an id, whatever comes of it: those below it can be opened no more. */
  reach(id: number): void;
  add(stream: Stream): void;
  end(id: number, how: Ended): void;
  all(): readonly Stream[];
}

/** @param onEnd one has ended */
export function openStreams(onEnd: () => void): Streams {
  const open = new Map<number, Stream>();
  const over = new Map<number, Ended>();
  let last = 0;
  return {
    get size() {
      return open.size;
    },
    get last() {
      return last;
    },
    isIdle: (id) => id > last || (id & 1) === 0,
    get: (id) => open.get(id),
    ended: (id) => over.get(id),
    reach(id) {
      last = id;
    },
    add: (stream) => void open.set(stream.id, stream),
    end(id, how) {
      const stream = open.get(id);
      open.delete(id);
      over.set(id, how);
      if (over.size > remembered) over.delete(over.keys().next().value ?? 0);
      stream?.close();
      onEnd();
    },
    all: () => [...open.values()],
  };
}
