import { CountersignError } from '../errors.ts';
import type { Request, ResponseHead } from '../request.ts';
import {
  credentialHeaders,
  metaOf,
  type RecordingContext,
  type RecordingMeta,
  requestLines,
  responseLines,
} from './content.ts';
import { isJournal, openJournal, readJournal } from './journal.ts';
import { loadKek, newKey, unwrapKey, wrappedBytes } from './key.ts';
import { type Recording, readMeta, readRecording } from './reader.ts';
import { sealSegment } from './segment.ts';
import type { RecordSpec } from './spec.ts';
import type { RecordingStore } from './store.ts';
import { type SessionSummary, summarize } from './summary.ts';
import { type Target, writeSegment } from './writer.ts';

/** One response on its way into its recording. */
export interface RecordingSink {
  /** Before the first `push`. @throws CountersignError `record_failed` */
  head(head: ResponseHead): void;
  /** Bytes as the caller gets them, after masking. @throws CountersignError `record_failed` once the store has failed */
  push(chunk: Uint8Array): void;
  /**
   * Resolves when the whole recording, request included, is durable; `digest` is SHA-256 of what was pushed. Rejects
   * with `record_failed`: then the response must not end well.
   */
  finish(): Promise<{ readonly recording: string; readonly digest: Buffer; readonly bytes: number }>;
  /** The response ends early: what came stays, marked so. Never throws. */
  abort(): void;
}

/** Recordings of exchanges, named by the exchange's id. */
export interface Recorder {
  /**
   * Records the request as far as `spec` says. `request` is durable when it resolves; `full` becomes durable with the
   * response, `metadata` (kept in a journal) whenever the system writes it: the log is what proves, and has the same facts. An exchange that
   * is admitted again (Envoy repeats a Check) keeps its first recording. Rejects with `record_failed`.
   */
  request(exchange: string, spec: RecordSpec, request: Request, context: RecordingContext): Promise<void>;
  /** The response of an exchange whose request was recorded, by whatever process. */
  response(exchange: string): RecordingSink;
  /** Sessions, latest first, out of the newest `limit` recordings (default 1,000). */
  sessions(limit?: number): Promise<readonly SessionSummary[]>;
  /** What one session's recordings are about, in their order; empty for an unknown one. */
  exchanges(session: string, limit?: number): Promise<readonly RecordingMeta[]>;
  /** What a recording is about, without its content. Rejects with `record_unknown` or `audit_damaged`. */
  meta(exchange: string): Promise<RecordingMeta>;
  /** A recording, its digests checked. Rejects with `record_unknown`, or `audit_damaged` when it was changed. */
  read(exchange: string): Promise<Recording>;
  /** Exchanges whose content is recorded: what `erase` takes. */
  kept(): Promise<readonly string[]>;
  /** Deletes recordings and their keys, for good; what the journal says of exchanges, which the log says too, stays. */
  erase(exchanges: readonly string[]): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/** What a recorder stands on. */
export interface RecorderParts {
  readonly store: RecordingStore;
  /** File of the key-encryption key, 32 bytes, mode 0600; made when it is not there. */
  readonly keyFile: string;
  /** Headers that never enter a recording, beside credentials. */
  readonly dropHeaders?: readonly string[] | undefined;
}

/** Keys of exchanges whose response is expected soon, so that it need not read the head again. */
const keyCacheLimit = 4_096;

/** Recordings that a listing looks at. */
const listLimit = 1_000;

/**
 * Opens the recorder.
 * @throws CountersignError `key_invalid` when the key file can be read by others or is not a key
 */
export function openRecorder({ store, keyFile, dropHeaders = [] }: RecorderParts): Recorder {
  const kek = loadKek(keyFile);
  const dropped = new Set([...credentialHeaders, ...dropHeaders.map((name) => name.toLowerCase())]);
  const keys = new Map<string, Buffer>();
  const journal = openJournal(store, kek);
  const working = new Set<Promise<void>>();

  /** Remembers work until it ends, so that `close` can wait for it. */
  function track<T>(work: Promise<T>): Promise<T> {
    const settled: Promise<void> = work.then(
      () => {},
      () => {},
    );
    working.add(settled);
    void settled.then(() => working.delete(settled));
    return work;
  }

  async function begin(meta: RecordingMeta): Promise<Buffer> {
    const recording = meta.exchange;
    const writer = await store.create(recording, 'head');
    if (writer === null) return keyOf(recording);
    const { key, wrapped } = newKey(kek, recording);
    const sealer = sealSegment({ key, recording, part: 'head' });
    const frame = sealer.seal({ type: 'head', at: 0, content: Buffer.from(JSON.stringify(meta)) }, true);
    await writer.append([wrapped, sealer.header, frame]);
    await writer.close();
    return key;
  }

  async function keyOf(recording: string): Promise<Buffer> {
    const known = keys.get(recording);
    if (known !== undefined) return known;
    const head = await store.read(recording, 'head');
    if (head !== null) return unwrapKey(kek, recording, head.subarray(0, wrappedBytes));
    throw new CountersignError(
      'record_failed',
      `exchange ${recording} has no recording to add to: its request was not recorded here`,
    );
  }

  async function request(...[exchange, spec, asked, context]: Parameters<Recorder['request']>): Promise<void> {
    if (spec === 'none') return;
    const about = metaOf(exchange, spec, asked, context, new Date());
    if (spec === 'metadata') return journal.add(about);
    const key = await begin(about);
    const writer = await store.create(exchange, 'request');
    if (writer === null) return;
    const segment = writeSegment(Promise.resolve({ place: { key, recording: exchange, part: 'request' }, writer }));
    segment.head(requestLines(asked, dropped));
    if (asked.body !== null) segment.data(asked.body);
    await segment.end('complete');
    if (spec === 'request') return store.sync(exchange);
    if (keys.size >= keyCacheLimit) keys.clear();
    keys.set(exchange, key);
  }

  async function target(recording: string): Promise<Target> {
    const key = await keyOf(recording);
    keys.delete(recording);
    const writer = await store.create(recording, 'response');
    if (writer !== null) return { place: { key, recording, part: 'response' }, writer };
    throw new CountersignError('record_failed', `exchange ${recording} has a recorded response already`);
  }

  function response(recording: string): RecordingSink {
    const opened = target(recording);
    opened.catch(() => {});
    const segment = writeSegment(opened);
    return {
      head: (head) => segment.head(responseLines(head, dropped)),
      push: (chunk) => segment.data(chunk),
      finish: () =>
        track(
          (async () => {
            const written = await segment.end('complete');
            await store.sync(recording);
            return { recording, ...written };
          })(),
        ),
      abort() {
        // The exchange has failed already; a recording that can't be ended shows by itself that it was cut.
        track(segment.end('aborted')).catch(() => {});
      },
    };
  }

  /** The newest, in their order: journals from the end until there are enough, and recordings of their own. */
  async function metas(limit = listLimit): Promise<readonly RecordingMeta[]> {
    await journal.flush();
    const ids = await store.list();
    const found: RecordingMeta[] = [];
    for (const id of ids.filter(isJournal).reverse()) {
      if (found.length >= limit) break;
      found.push(...(await readJournal(store, kek, id)));
    }
    for (const id of ids.filter((one) => !isJournal(one)).slice(-limit)) {
      const meta = await readMeta(store, kek, id);
      if (meta !== null) found.push(meta);
    }
    return found.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).slice(-limit);
  }

  async function metaOfOne(exchange: string): Promise<RecordingMeta> {
    const meta = (await readMeta(store, kek, exchange)) ?? (await metas()).find((one) => one.exchange === exchange);
    if (meta !== undefined) return meta;
    throw new CountersignError(
      'record_unknown',
      'there is no recording of this exchange: see "countersign sessions list"',
    );
  }

  return {
    request: (...given) => track(request(...given)),
    response,
    sessions: async (limit) => summarize(await metas(limit)),
    exchanges: async (session, limit) => (await metas(limit)).filter((meta) => meta.session === session),
    meta: metaOfOne,
    async read(exchange) {
      const meta = await metaOfOne(exchange);
      return meta.spec === 'metadata' ? { meta, request: null, response: null } : readRecording(store, kek, exchange);
    },
    kept: async () => (await store.list()).filter((id) => !isJournal(id)),
    async erase(exchanges) {
      for (const exchange of exchanges) {
        keys.delete(exchange);
        await store.remove(exchange);
      }
    },
    async close() {
      await journal.close();
      while (working.size > 0) await Promise.all(working);
    },
  };
}
