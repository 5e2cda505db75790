import type { KeyObject } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { encoding, statementOf } from './batch.ts';
import { type Chain, faultOf, openChain } from './chain.ts';
import { checkpointOf } from './checkpoint.ts';
import { type EntryEvent, type SealedEntry, seal } from './entry.ts';
import { manifestFiles, readManifest } from './manifest.ts';
import type { Openings } from './openings.ts';
import { recover, segmentName } from './recover.ts';
import type { Entry } from './schema.ts';
import { frame, headerBytes, readRecord, segmentHeader } from './segment.ts';
import type { Signer } from './signer.ts';
import type { EntryStore } from './store.ts';
import { writeTiles } from './tiles.ts';

export type { EntryEvent } from './entry.ts';

/** Where an entry stands in a log. */
export interface Receipt {
  readonly origin: string;
  readonly seq: number;
  /** Hex SHA-256 of the entry's bytes. */
  readonly digest: string;
}

/** An open log: this process alone writes it. */
export interface Log {
  readonly origin: string;
  readonly epoch: number;
  /**
   * Resolves when the entry's segment is synced: the commit point. Entries stand in the order of the calls.
   * @throws CountersignError `audit_overload` when too many wait or the entry can't be written as it is; `audit_broken`
   *   once a write has failed: the log takes nothing more, and its files are not written again
   */
  append(event: EntryEvent): Promise<Receipt>;
  /**
   * An entry read back from its segment, its batch's signature and its digest checked.
   * @throws CountersignError `audit_unknown` when there is no such entry; `audit_damaged` when it is not what was signed
   */
  entry(seq: number): Promise<Entry>;
  /** Entries acknowledged so far. */
  readonly entries: number;
  close(): Promise<void>;
}

/** What a log stands on. */
export interface LogParts {
  readonly store: EntryStore;
  readonly signer: Signer;
  /** Ed25519: signs checkpoints. */
  readonly logKey: KeyObject;
  readonly openings: Openings;
  /** `e<epoch>.` and this is the origin. */
  readonly name: string;
  /** Called once, when a write fails. */
  readonly onBroken?: (error: CountersignError) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const batchEntries = 256;
const batchBytes = 4 * 1024 * 1024;
/** Entries that may wait; more is refused at once. */
const queueLimit = 20_000;
const segmentBytes = 64 * 1024 * 1024;
const segmentAge = 3_600_000;
const checkpointEvery = 1_000;
const heartbeatEvery = 60_000;

interface Waiting {
  readonly event: EntryEvent;
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

/** Opens a log: recovery is the ordinary way in, and its first entry says `boot`. */
export async function openLog(parts: LogParts): Promise<Log> {
  const { store, signer, logKey, openings } = parts;
  const now = parts.now ?? Date.now;
  const chain = await openExisting(parts);
  const droppedBytes = await recover(store, chain, signer);
  await openings.truncate(chain.nextSeq);

  let queue: Waiting[] = [];
  let writing: Promise<void> | null = null;
  let broken: CountersignError | null = null;
  let closed = false;
  let segment = { path: '', bytes: 0, opened: 0 };
  let published = 0;
  let publishing: Promise<void> = Promise.resolve();
  let lastAppend = now();

  function append(event: EntryEvent): Promise<Receipt> {
    if (broken !== null) return Promise.reject(broken);
    if (closed) return Promise.reject(new CountersignError('audit_broken', 'the audit log is closed'));
    if (queue.length >= queueLimit)
      return Promise.reject(
        new CountersignError('audit_overload', `${queueLimit} entries wait for the disk: try again later`),
      );
    return new Promise((resolve, reject) => {
      queue.push({ event, resolve, reject });
      writing ??= drain();
    });
  }

  /** What arrived while a batch was being written is the next one. */
  async function drain(): Promise<void> {
    await null;
    while (queue.length > 0 && broken === null) await writeBatch();
    writing = null;
  }

  async function writeBatch(): Promise<void> {
    const { taken, sealed } = take();
    if (sealed.length === 0) return;
    try {
      await commit(sealed);
    } catch (cause) {
      broken = new CountersignError('audit_broken', 'the audit log could not be written: nothing more is allowed', {
        cause,
      });
      for (const one of [...taken, ...queue]) one.reject(broken);
      queue = [];
      parts.onBroken?.(broken);
      return;
    }
    const first = chain.nextSeq - sealed.length;
    for (const [at, one] of taken.entries())
      one.resolve({ origin: chain.origin, seq: first + at, digest: sealed[at]?.digest ?? '' });
  }

  /** Seals what waits, up to a batch. An event that makes no entry is refused alone. */
  function take(): { readonly taken: readonly Waiting[]; readonly sealed: readonly SealedEntry[] } {
    const taken: Waiting[] = [];
    const sealed: SealedEntry[] = [];
    const time = Math.max(now(), chain.lastTime);
    let bytes = 0;
    let at = 0;
    for (; at < queue.length && sealed.length < batchEntries && bytes < batchBytes; at += 1) {
      const one = queue[at] as Waiting;
      try {
        const entry = seal(one.event, {
          origin: chain.origin,
          epoch: chain.epoch,
          seq: chain.nextSeq + sealed.length,
          time,
        });
        sealed.push(entry);
        taken.push(one);
        bytes += entry.bytes.length;
      } catch (error) {
        one.reject(error);
      }
    }
    queue = at === queue.length ? [] : queue.slice(at);
    lastTaken = time;
    return { taken, sealed };
  }
  let lastTaken = 0;

  /** Sign, write, sync: after that the batch is acknowledged. */
  async function commit(sealed: readonly SealedEntry[]): Promise<void> {
    const opened = sealed.flatMap(({ opening }) => (opening === null ? [] : [opening]));
    const kept = opened.length === 0 ? null : openings.put(opened);
    const statement = statementOf(chain.next(sealed.map(({ digest }) => digest)));
    const [signature] = await Promise.all([signer.sign(encoding(statement)), kept]);
    const record = { statement, signature, entries: sealed.map(({ bytes }) => bytes) };
    const framed = frame(record);
    await rotate();
    await store.append(segment.path, framed);
    await store.sync(segment.path);
    chain.extend(record, { segment: segment.path, offset: segment.bytes, length: framed.length }, lastTaken);
    segment.bytes += framed.length;
    lastAppend = now();
  }

  async function rotate(): Promise<void> {
    const fresh = segment.path !== '' && segment.bytes < segmentBytes && now() - segment.opened < segmentAge;
    if (fresh) return;
    const path = segmentName(chain.tree.size);
    await store.create(path, segmentHeader(chain.tree.size));
    segment = { path, bytes: headerBytes, opened: now() };
  }

  /** Tiles, then the checkpoint that speaks of them. */
  function publish(): Promise<void> {
    publishing = publishing.then(async () => {
      const size = chain.tree.size;
      if (size === published || broken !== null) return;
      const start = size - chain.tail.length;
      const bodies = chain.tail.slice();
      const needed = Math.floor(published / 256) * 256;
      const before = needed < start ? await leafBodies(needed, start) : [];
      const body = (index: number) =>
        (index < start ? before[index - needed] : bodies[index - start]) ?? Buffer.alloc(0);
      await writeTiles(store, snapshot(chain, size), published, body);
      await store.replace('checkpoint', Buffer.from(checkpointOf(chain.origin, size, chain.tree.rootAt(size), logKey)));
      published = size;
    });
    return publishing;
  }

  async function leafBodies(from: number, to: number): Promise<Buffer[]> {
    const bodies: Buffer[] = [];
    for (let batch = from; batch < to; batch += 1) bodies.push(await readBody(store, chain, batch));
    return bodies;
  }

  function fail(cause: unknown): void {
    if (broken !== null) return;
    broken = new CountersignError('audit_broken', 'the checkpoint could not be published: nothing more is allowed', {
      cause,
    });
    parts.onBroken?.(broken);
  }

  const boot = append({ kind: 'boot', body: { version: '0.1.0', droppedBytes } });
  const ticker = setInterval(() => {
    publish().catch(fail);
    if (now() - lastAppend >= heartbeatEvery) append({ kind: 'heartbeat', body: {} }).catch(() => {});
  }, checkpointEvery);
  ticker.unref();
  await boot;
  await publish();

  return {
    origin: chain.origin,
    epoch: chain.epoch,
    append,
    entry: (seq) => readEntry(store, chain, signer, seq),
    get entries() {
      return chain.nextSeq;
    },
    async close() {
      clearInterval(ticker);
      if (broken === null) await append({ kind: 'close', body: {} }).catch(() => {});
      closed = true;
      await writing;
      await publish().catch(fail);
      await openings.close();
      await store.close();
    },
  };
}

/** The chain of the log that is there, or of a new one, whose public files are written first. */
async function openExisting({ store, signer, logKey, name, now = Date.now }: LogParts): Promise<Chain> {
  const there = (await store.list('')).includes('writer.json');
  const manifest = there
    ? readManifest(await store.read('writer.json'))
    : { origin: `e1.${name}`, epoch: 1, created: now() };
  const origin = `e${manifest.epoch}.${name}`;
  if (manifest.origin !== origin)
    throw new CountersignError(
      'audit_damaged',
      `this folder is the log ${manifest.origin}, the configuration says ${origin}: set audit.writer and audit.domain back, or use another state folder`,
    );
  const files = await manifestFiles(manifest, signer, logKey);
  if (!there)
    for (const [path, bytes] of Object.entries(files).filter(([path]) => path !== 'writer.json'))
      await store.replace(path, bytes);
  else if (!(await store.read('writer.json')).equals(files['writer.json'] ?? Buffer.alloc(0)))
    throw new CountersignError('key_invalid', 'the keys are not those that this log was begun with: put them back');
  if (!there) await store.replace('writer.json', files['writer.json'] ?? Buffer.alloc(0));
  return openChain(origin, manifest.epoch, signer);
}

/** The tree as it was at a size, for tiles; it may grow meanwhile. */
function snapshot({ tree }: Chain, size: number): Chain['tree'] {
  return { ...tree, size };
}

async function readBody(store: EntryStore, chain: Chain, batch: number): Promise<Buffer> {
  const { leafBody } = await import('./batch.ts');
  const record = await readBatch(store, chain, batch);
  return leafBody(encoding(record.statement), record.signature, chain.spki);
}

async function readBatch(store: EntryStore, chain: Chain, batch: number) {
  const place = chain.batches[batch];
  if (place === undefined) throw new CountersignError('audit_unknown', `the log has no batch ${batch}`);
  const read = readRecord(await store.readAt(place.segment, place.offset, place.length), 0);
  if (read === null)
    throw new CountersignError('audit_damaged', `batch ${batch} in ${place.segment} is not what was written`);
  return read.record;
}

async function readEntry(store: EntryStore, chain: Chain, signer: Signer, seq: number): Promise<Entry> {
  const batch = batchOf(chain, seq);
  if (batch === null) throw new CountersignError('audit_unknown', `the log has no entry ${seq}`);
  const record = await readBatch(store, chain, batch);
  if (!isSigned(chain, batch, record, signer))
    throw new CountersignError('audit_damaged', `batch ${batch}, with entry ${seq}, is not what was signed`);
  const bytes = record.entries[seq - (chain.batches[batch]?.firstSeq ?? 0)];
  return JSON.parse(bytes?.toString('utf8') ?? 'null') as Entry;
}

/** The leaf's hash in the tree speaks for statement and signature; the digests in the statement for the entries. */
function isSigned(chain: Chain, batch: number, record: Parameters<typeof faultOf>[1], signer: Signer): boolean {
  const previous = batch === 0 ? null : chain.tree.hashes(0, batch - 1, batch);
  const firstSeq = chain.batches[batch]?.firstSeq ?? 0;
  const at = {
    ...chain,
    next: (digests: readonly string[]) => ({
      batch,
      epoch: chain.epoch,
      firstSeq,
      origin: chain.origin,
      prevBatch: previous,
      digests,
    }),
  };
  return faultOf(at, record, signer) === null;
}

function batchOf({ batches, nextSeq }: Chain, seq: number): number | null {
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= nextSeq) return null;
  let [low, high] = [0, batches.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((batches[middle]?.firstSeq ?? 0) <= seq) low = middle;
    else high = middle - 1;
  }
  return low;
}
