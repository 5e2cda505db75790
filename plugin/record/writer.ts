import { createHash } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { type FrameType, type Sealer, type SegmentPlace, sealSegment } from './segment.ts';
import type { PartWriter } from './store.ts';

/** Content of one frame, bytes. */
const frameLimit = 262_144;

/** Sealed bytes that wait for the store; a store that is slower than this ends the exchange (on_failure: deny). */
const backlogLimit = 67_108_864;

/** How a part ended: with its content whole, or given up. */
export type Ending = 'complete' | 'aborted';

/** Writes one part as it flows. Nothing waits for the store but `end`. */
export interface SegmentWriter {
  /** Seals a JSON head. @throws CountersignError `record_failed` once the store has failed */
  head(value: object): void;
  /** Seals content; the bytes may be reused afterwards. @throws CountersignError `record_failed` once the store has failed */
  data(bytes: Uint8Array): void;
  /** Resolves when all that came so far is with the store. Rejects with `record_failed`. */
  flush(): Promise<void>;
  /** Seals the end and waits until all is with the store. Rejects with `record_failed`. */
  end(ending: Ending): Promise<{ readonly digest: Buffer; readonly bytes: number }>;
}

/** Where a part goes, once it is known. */
export interface Target {
  readonly place: SegmentPlace;
  readonly writer: PartWriter;
}

/** A writer of the part that `target` resolves to. What comes before that waits in memory. */
export function writeSegment(target: Promise<Target>): SegmentWriter {
  const started = performance.now();
  const content = createHash('sha256');
  const queue: { readonly type: FrameType; readonly at: number; readonly content: Buffer; readonly final: boolean }[] =
    [];
  let bytes = 0;
  let backlog = 0;
  let ended = false;
  let sealer: Sealer | null = null;
  let failure: CountersignError | null = null;
  let pumping: Promise<void> | null = null;

  /** Hands all that waits to the store, in as few writes as it can. */
  async function pump(): Promise<void> {
    const { place, writer } = await target;
    while (queue.length > 0) {
      const sealed: Buffer[] = [];
      if (sealer === null) {
        sealer = sealSegment(place);
        sealed.push(sealer.header);
      }
      const frames = queue.splice(0);
      for (const { final, ...frame } of frames) sealed.push(sealer.seal(frame, final));
      await writer.append(sealed);
      for (const frame of frames) backlog -= frame.content.length;
    }
  }

  async function fail(error: unknown): Promise<void> {
    failure ??=
      error instanceof CountersignError
        ? error
        : new CountersignError('record_failed', 'the recording can not be written', { cause: error });
    queue.length = 0;
    await target.then(({ writer }) => writer.close()).catch(() => {});
  }

  function kick(): void {
    pumping ??= pump()
      .catch(fail)
      .finally(() => {
        pumping = null;
        if (queue.length > 0) kick();
      });
  }

  function open(): void {
    if (failure !== null) throw failure;
    if (ended) throw new CountersignError('record_failed', 'this part of the recording has ended');
  }

  function enqueue(type: FrameType, frame: Buffer, final: boolean): void {
    backlog += frame.length;
    if (backlog > backlogLimit) {
      failure = new CountersignError(
        'record_failed',
        `${backlogLimit} bytes of a recording wait for the store: it is too slow`,
      );
      throw failure;
    }
    queue.push({ type, at: performance.now() - started, content: frame, final });
    kick();
  }

  async function settled(): Promise<void> {
    while (pumping !== null) await pumping;
    if (failure !== null) throw failure;
  }

  return {
    head(value) {
      open();
      enqueue('head', Buffer.from(JSON.stringify(value)), false);
    },
    data(chunk) {
      open();
      content.update(chunk);
      bytes += chunk.length;
      for (let at = 0; at < chunk.length; at += frameLimit)
        enqueue('data', Buffer.from(chunk.subarray(at, at + frameLimit)), false);
    },
    flush: settled,
    async end(ending) {
      open();
      ended = true;
      const digest = content.digest();
      enqueue('end', Buffer.from(JSON.stringify({ ending, bytes, digest: digest.toString('hex') })), true);
      await settled();
      await (await target).writer.close();
      return { digest, bytes };
    },
  };
}
