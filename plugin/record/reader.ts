import { createHash } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import type { RecordingMeta, RequestLines, ResponseLines } from './content.ts';
import { unwrapKey, wrappedBytes } from './key.ts';
import { type Frame, openSegment } from './segment.ts';
import type { Part, RecordingStore } from './store.ts';

/** Content as it came, with its time. */
export interface Chunk {
  /** Milliseconds since the part began. */
  readonly at: number;
  readonly bytes: Buffer;
}

/** One part of a recording, in clear. */
export interface RecordedPart<Head> {
  readonly head: Head | null;
  readonly chunks: readonly Chunk[];
  /** SHA-256 of the content that is there. */
  readonly digest: Buffer;
  readonly bytes: number;
  /** False when it was given up, its writer died, or its end was cut off: then the content ends where it ends. */
  readonly complete: boolean;
}

/** A recording, in clear. A part that `meta.spec` does not promise is null. */
export interface Recording {
  readonly meta: RecordingMeta;
  readonly request: RecordedPart<RequestLines> | null;
  readonly response: RecordedPart<ResponseLines> | null;
}

/** What a recording is about; null when there is none, or its writer died before it began. */
export async function readMeta(store: RecordingStore, kek: Buffer, recording: string): Promise<RecordingMeta | null> {
  return (await readHead(store, kek, recording))?.meta ?? null;
}

/** Reads a recording and checks it: every frame's tag, every part's digest, that no promised part is missing. */
export async function readRecording(store: RecordingStore, kek: Buffer, recording: string): Promise<Recording> {
  const head = await readHead(store, kek, recording);
  if (head === null)
    throw new CountersignError(
      'record_unknown',
      'there is no recording of this exchange: see "countersign sessions list"',
    );
  const { meta, key } = head;
  const [request, response] = await Promise.all([
    readPart<RequestLines>(store, key, recording, 'request'),
    readPart<ResponseLines>(store, key, recording, 'response'),
  ]);
  if (request === null && (meta.spec === 'request' || meta.spec === 'full'))
    throw new CountersignError('audit_damaged', `recording ${recording}: its request is missing`);
  return { meta, request, response };
}

async function readHead(
  store: RecordingStore,
  kek: Buffer,
  recording: string,
): Promise<{ readonly meta: RecordingMeta; readonly key: Buffer } | null> {
  const bytes = await store.read(recording, 'head');
  if (bytes === null || bytes.length < wrappedBytes) return null;
  const key = unwrapKey(kek, recording, bytes.subarray(0, wrappedBytes));
  const { frames, complete } = openSegment({ key, recording, part: 'head' }, bytes.subarray(wrappedBytes));
  const [frame] = frames;
  return frame === undefined || !complete ? null : { meta: parsed<RecordingMeta>(frame), key };
}

async function readPart<Head>(
  store: RecordingStore,
  key: Buffer,
  recording: string,
  part: Part,
): Promise<RecordedPart<Head> | null> {
  const sealed = await store.read(recording, part);
  if (sealed === null) return null;
  const { frames, complete } = openSegment({ key, recording, part }, sealed);
  const head = frames.find(({ type }) => type === 'head');
  const chunks = frames.filter(({ type }) => type === 'data').map(({ at, content }) => ({ at, bytes: content }));
  const hash = createHash('sha256');
  let bytes = 0;
  for (const chunk of chunks) {
    hash.update(chunk.bytes);
    bytes += chunk.bytes.length;
  }
  const digest = hash.digest();
  const end = frames.find(({ type }) => type === 'end');
  const said = end === undefined ? null : parsed<{ ending: string; bytes: number; digest: string }>(end);
  if (said !== null && (said.digest !== digest.toString('hex') || said.bytes !== bytes))
    throw new CountersignError('audit_damaged', `recording ${recording}: its ${part} is not what was digested`);
  return {
    head: head === undefined ? null : parsed<Head>(head),
    chunks,
    digest,
    bytes,
    complete: complete && said?.ending === 'complete',
  };
}

/** Authenticated JSON of our own writing. */
function parsed<T>({ content }: Frame): T {
  return JSON.parse(content.toString('utf8')) as T;
}
