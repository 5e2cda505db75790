import type { Place } from './chain.ts';
import { segmentName } from './recover.ts';
import { headerBytes, segmentHeader } from './segment.ts';
import type { EntryStore } from './store.ts';

const segmentBytes = 64 * 1024 * 1024;
const segmentAge = 3_600_000;

/** Where framed batches go. */
export interface Segments {
  /**
   * Puts a batch behind the last one, or at the head of a new segment after 64 MiB or an hour. It is durable when this
   * resolves: the commit point. After a rejection nobody may trust the segment's end.
   */
  append(batch: number, framed: Buffer): Promise<Place>;
}

/** Opens with no segment: the first batch after a start begins one. `now` is in milliseconds. */
export function openSegments(store: EntryStore, now: () => number): Segments {
  let segment = { path: '', bytes: segmentBytes, opened: 0 };
  return {
    async append(batch, framed) {
      if (segment.bytes >= segmentBytes || now() - segment.opened >= segmentAge) {
        const path = segmentName(batch);
        await store.create(path, segmentHeader(batch));
        segment = { path, bytes: headerBytes, opened: now() };
      }
      const offset = segment.bytes;
      await store.append(segment.path, framed);
      await store.sync(segment.path);
      segment.bytes += framed.length;
      return { segment: segment.path, offset, length: framed.length };
    },
  };
}
