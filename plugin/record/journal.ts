import { randomUUIDv7 } from 'node:crypto';
import type { RecordingMeta } from './content.ts';
import { newKey, unwrapKey, wrappedBytes } from './key.ts';
import { openSegment } from './segment.ts';
import type { RecordingStore } from './store.ts';
import { type SegmentWriter, writeSegment } from './writer.ts';

/**
 * What exchanges are about whose content nobody wanted: side by side in one segment of this process, because a folder
 * and a key for each would cost more than everything else that is done for it. Like any recording it is encrypted under
 * a key of its own; what a crash cuts off, the log still has.
 */
export interface Journal {
  /** Kept as soon as the system writes it. @throws CountersignError `record_failed` once the store has failed */
  add(meta: RecordingMeta): void;
  /** Resolves when what was added can be read. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const prefix = 'journal-';

/** Lines of a journal before the next one begins, so that a listing reads what is new only. */
const lineLimit = 10_000;

/** True for the id of a journal among the ids of recordings. */
export function isJournal(recording: string): boolean {
  return recording.startsWith(prefix);
}

/** Opens a journal; its first line makes the file. */
export function openJournal(store: RecordingStore, kek: Buffer): Journal {
  let segment: SegmentWriter | null = null;
  let lines = 0;
  let closing = Promise.resolve();

  async function begin() {
    const recording = `${prefix}${randomUUIDv7()}`;
    const { key, wrapped } = newKey(kek, recording);
    const writer = await store.create(recording, 'head');
    if (writer === null) throw new Error('two journals of one name');
    await writer.append([wrapped]);
    return { place: { key, recording, part: 'head' as const }, writer };
  }

  function end(): void {
    const ending = segment;
    segment = null;
    lines = 0;
    if (ending !== null)
      closing = closing.then(async () => {
        await ending.end('complete').catch(() => {});
      });
  }

  return {
    add(meta) {
      if (lines >= lineLimit) end();
      if (segment === null) {
        const target = begin();
        target.catch(() => {});
        segment = writeSegment(target);
      }
      lines += 1;
      try {
        segment.data(Buffer.from(JSON.stringify(meta)));
      } catch (error) {
        // The next line begins another journal: a fault that passes must not outlive this one.
        end();
        throw error;
      }
    },
    flush: async () => segment?.flush(),
    async close() {
      end();
      await closing;
    },
  };
}

/** The lines of a journal, as far as they were written. @throws CountersignError `audit_damaged` when it was changed */
export async function readJournal(
  store: RecordingStore,
  kek: Buffer,
  recording: string,
): Promise<readonly RecordingMeta[]> {
  const bytes = await store.read(recording, 'head');
  if (bytes === null || bytes.length < wrappedBytes) return [];
  const key = unwrapKey(kek, recording, bytes.subarray(0, wrappedBytes));
  const { frames } = openSegment({ key, recording, part: 'head' }, bytes.subarray(wrappedBytes));
  return frames
    .filter(({ type }) => type === 'data')
    .map(({ content }) => JSON.parse(content.toString('utf8')) as RecordingMeta);
}
