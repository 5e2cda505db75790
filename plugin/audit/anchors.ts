import type { EntryStore } from './store.ts';

/** A checkpoint that was published. */
export interface Head {
  /** Batches that it covers. */
  readonly size: number;
  /** The note under the log's signature alone. */
  readonly note: string;
  /** Puts a note with more signature lines in place of the published one, unless a newer one is there by now. */
  republish(note: string): Promise<void>;
}

/** Somebody outside who ties a checkpoint to a time or to their own memory. */
export interface Anchor {
  /** For messages and metrics. */
  readonly name: string;
  /** Gets the anchor: files for `anchors/<size>/`, by name. Rejects when there is none in time. */
  anchor(head: Head, signal: AbortSignal): Promise<Readonly<Record<string, Buffer>>>;
}

/** How far anchors are behind. */
export interface AnchorLag {
  /** Published batches that the slowest anchor does not cover. */
  readonly batches: number;
  /** Since when, milliseconds. */
  readonly ms: number;
}

/** Anchors of a log: all of it off the hot path, nothing here ever rejects. */
export interface Anchors {
  /** Called with each checkpoint. */
  published(head: Head): void;
  lag(): AnchorLag;
  /** Tries once more, for what is not anchored yet, and stops. Takes `closing` at most. */
  close(): Promise<void>;
}

/** What anchors stand on. */
export interface AnchorParts {
  readonly store: Pick<EntryStore, 'replace'>;
  readonly anchors: readonly Anchor[];
  /** Milliseconds between two checkpoints that are anchored; the first after a start is so at once. */
  readonly every: number;
  /** Milliseconds that one try may take. */
  readonly deadline: number;
  /** Called with each try that failed. */
  readonly onFailed?: (name: string, error: unknown) => void;
  readonly now?: () => number;
}

/** Milliseconds before a second try, doubled with each failure up to the limit. */
const firstPause = 1_000;
const longestPause = 300_000;
/** Milliseconds that a service which stops waits for its last anchor. */
const closing = 3_000;

/** Starts with nothing anchored: what a former process anchored is not looked at, the first checkpoint is anchored anew. */
export function openAnchors({ anchors, now = Date.now, ...parts }: AnchorParts): Anchors {
  const keepers = anchors.map((anchor) => openKeeper(anchor, { ...parts, now }));
  return {
    published(head) {
      for (const keeper of keepers) keeper.published(head);
    },
    lag: () =>
      keepers.reduce<AnchorLag>(
        (worst, { lag }) => ({ batches: Math.max(worst.batches, lag().batches), ms: Math.max(worst.ms, lag().ms) }),
        { batches: 0, ms: 0 },
      ),
    close: async () => void (await Promise.all(keepers.map((keeper) => keeper.close()))),
  };
}

/** One anchor, which always sees the newest checkpoint. */
function openKeeper(
  anchor: Anchor,
  { store, every, deadline, onFailed, now }: Required<Pick<AnchorParts, 'now'>> & Omit<AnchorParts, 'anchors'>,
): Anchors {
  let newest: Head | null = null;
  let covered = 0;
  /** When the oldest batch that is not covered was published. */
  let since: number | null = null;
  let last = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let closed = false;
  const stopped = new AbortController();

  const behind = () => newest !== null && newest.size > covered;

  function schedule(): void {
    if (closed || timer !== null || running !== null || !behind()) return;
    const pause = failures === 0 ? every : Math.min(longestPause, firstPause * 2 ** (failures - 1));
    timer = setTimeout(run, Math.max(0, Math.min(pause, last + pause - now())));
    timer.unref();
  }

  function run(): void {
    timer = null;
    running = attempt().finally(() => {
      running = null;
      schedule();
    });
  }

  async function attempt(): Promise<void> {
    const head = newest;
    if (head === null || head.size <= covered) return;
    last = now();
    try {
      const files = await anchor.anchor(head, AbortSignal.any([stopped.signal, AbortSignal.timeout(deadline)]));
      for (const [name, bytes] of Object.entries(files)) await store.replace(`anchors/${head.size}/${name}`, bytes);
      failures = 0;
      covered = head.size;
      since = behind() ? last : null;
    } catch (error) {
      failures += 1;
      onFailed?.(anchor.name, error);
    }
  }

  return {
    published(head) {
      newest = head;
      if (behind()) since ??= now();
      schedule();
    },
    lag: () => ({ batches: (newest?.size ?? 0) - covered, ms: since === null ? 0 : Math.max(0, now() - since) }),
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      const limit = setTimeout(() => stopped.abort(), closing);
      await running;
      await attempt();
      clearTimeout(limit);
    },
  };
}
