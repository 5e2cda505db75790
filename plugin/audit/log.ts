import type { KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CountersignError } from '../errors.ts';
import { version } from '../version.ts';
import type { AnchorLag, Anchors } from './anchors.ts';
import { encoding, statementOf } from './batch.ts';
import { begin } from './begin.ts';
import { type EntryEvent, type SealedEntry, seal } from './entry.ts';
import { type Erasable, openErasable } from './erasable.ts';
import type { Openings } from './openings.ts';
import { openPublisher } from './publish.ts';
import { readEntry, scanEntries } from './reader.ts';
import { recover } from './recover.ts';
import { type Entry, entryLimit } from './schema.ts';
import { frame } from './segment.ts';
import { openSegments } from './segments.ts';
import type { Signer } from './signer.ts';
import type { EntryStore } from './store.ts';

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
   * @throws CountersignError `audit_overload` when too many wait, the disk has not answered for seconds (the entry may
   *   become durable all the same), or the entry can't be written as it is; `audit_broken` once a write has failed or
   *   has not ended for long: the log takes nothing more, and its files are not written again
   */
  append(event: EntryEvent): Promise<Receipt>;
  /**
   * An entry read back from its segment, its batch's signature and its digest checked.
   * @throws CountersignError `audit_unknown` when there is no such entry; `audit_damaged` when it is not what was signed
   */
  entry(seq: number): Promise<Entry>;
  /** Every acknowledged entry in order, those whose number is wanted only; frames checked, signatures not. */
  scan(wanted: (seq: number) => boolean): AsyncGenerator<Entry>;
  /** What opens the commitments. Nobody discloses or erases but after the entry that says so. */
  readonly erasable: Erasable;
  /** Entries acknowledged so far. */
  readonly entries: number;
  /** How far the anchors are behind; null for a log without any. */
  lag(): AnchorLag | null;
  /** Enters `close`, publishes it, has it anchored where that is quick, and lets go of every part. Closing again is the same closing. */
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
  /** Of a log that has yet to be begun, 1 by default; one that is there has its own. */
  readonly epoch?: number;
  readonly anchors?: Anchors | null;
  /** Called once, when a write fails: nothing more may be allowed, and the process should end. */
  readonly onBroken?: (error: CountersignError) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Seconds that an entry may wait for the disk, 5 by default, and that a batch may take before the log is broken, 30. */
  readonly patience?: { readonly entry: number; readonly batch: number };
}

const batchEntries = 256;
const batchBytes = 4 * 1024 * 1024;
/** Entries that may wait; more is refused at once. */
const queueLimit = 20_000;
/** Bytes of most batches; a larger one gets memory of its own. */
const frameMemory = 512 * 1024;
const checkpointEvery = 1_000;
const heartbeatEvery = 60_000;
/** Milliseconds that the parts of a broken log have to close. */
const partingMs = 2_000;

interface Waiting {
  readonly event: EntryEvent;
  /** Ticks of the log when it was asked: a clock that is set has no part in a deadline. */
  readonly since: number;
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

/**
 * Opens a log: recovery is the ordinary way in, and the first entry says `boot`. Where it rejects, the parts are closed.
 * @throws CountersignError `audit_damaged` | `key_invalid` | `audit_broken`
 */
export async function openLog(parts: LogParts): Promise<Log> {
  try {
    return await open(parts);
  } catch (error) {
    await Promise.allSettled([parts.openings.close(), parts.store.close()]);
    throw error;
  }
}

async function open(parts: LogParts): Promise<Log> {
  const { store, signer, logKey, openings, anchors = null, now = Date.now } = parts;
  const { patience = { entry: 5, batch: 30 } } = parts;
  const chain = await begin(parts);
  const { droppedBytes, published } = await recover(store, chain, signer, logKey);
  await openings.truncate(chain.nextSeq);
  const segments = openSegments(store, now);
  const publish = openPublisher({ store, chain, logKey, size: published, onHead: anchors?.published });

  let queue: Waiting[] = [];
  let writing: Promise<void> | null = null;
  let broken: CountersignError | null = null;
  let closing: Promise<void> | null = null;
  let lastAppend = now();
  let ticks = 0;
  /** What is being written, since when, and how it is given up. */
  let current: { readonly taken: readonly Waiting[]; readonly since: number; abandon(error: Error): void } | null =
    null;
  /** Where a batch is framed: the one before is written by then. */
  const memory = Buffer.alloc(frameMemory);

  function append(event: EntryEvent): Promise<Receipt> {
    if (broken !== null) return Promise.reject(broken);
    if (closing !== null) return Promise.reject(new CountersignError('audit_broken', 'the audit log is closed'));
    if (queue.length >= queueLimit)
      return Promise.reject(
        new CountersignError('audit_overload', `${queueLimit} entries wait for the disk: try again later`),
      );
    return enqueue(event);
  }

  function enqueue(event: EntryEvent): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      queue.push({ event, since: ticks, resolve, reject });
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
    const time = Math.max(now(), chain.lastTime);
    const { taken, sealed } = take(time);
    if (sealed.length === 0) return;
    const first = chain.nextSeq;
    try {
      await new Promise<void>((resolve, reject) => {
        current = { taken, since: ticks, abandon: reject };
        commit(sealed, time).then(resolve, reject);
      });
    } catch (cause) {
      const error = fail('the audit log could not be written: nothing more is allowed', cause);
      for (const one of taken) one.reject(error);
      return;
    } finally {
      current = null;
    }
    for (const [at, { digest }] of sealed.entries())
      taken[at]?.resolve({ origin: chain.origin, seq: first + at, digest });
  }

  /** Seals what waits, up to a batch. An event that makes no entry is refused alone. */
  function take(time: number): { readonly taken: readonly Waiting[]; readonly sealed: readonly SealedEntry[] } {
    const { origin, epoch, nextSeq } = chain;
    const taken: Waiting[] = [];
    const sealed: SealedEntry[] = [];
    let bytes = 0;
    let seen = 0;
    for (const one of queue) {
      if (sealed.length === batchEntries || bytes > batchBytes - entryLimit) break;
      seen += 1;
      try {
        const entry = seal(one.event, { origin, epoch, seq: nextSeq + sealed.length, time });
        sealed.push(entry);
        taken.push(one);
        bytes += entry.bytes.length;
      } catch (error) {
        one.reject(error);
      }
    }
    queue = seen === queue.length ? [] : queue.slice(seen);
    return { taken, sealed };
  }

  /** Openings, signature, segment, sync: after that the batch may be acknowledged. */
  async function commit(sealed: readonly SealedEntry[], time: number): Promise<void> {
    const opened = sealed.flatMap(({ opening }) => (opening === null ? [] : [opening]));
    const kept = opened.length === 0 ? null : openings.put(opened);
    const statement = statementOf(chain.next(sealed.map(({ digest }) => digest)));
    const [signature] = await Promise.all([signer.sign(encoding(statement)), kept]);
    const record = { statement, signature, entries: sealed.map(({ bytes }) => bytes) };
    const place = await segments.append(chain.tree.size, frame(record, memory));
    chain.extend(record, place, time);
    lastAppend = now();
  }

  /** From now on nothing is taken: whoever waits is told, and the operator once. */
  function fail(message: string, cause: unknown): CountersignError {
    if (broken !== null) return broken;
    broken = new CountersignError('audit_broken', message, { cause });
    for (const one of queue) one.reject(broken);
    queue = [];
    parts.onBroken?.(broken);
    return broken;
  }

  async function checkpoint(): Promise<void> {
    try {
      if (broken === null) await publish();
    } catch (cause) {
      fail('the checkpoint could not be published: nothing more is allowed', cause);
    }
  }

  /** Whoever has waited for seconds is refused; a disk that does not come back breaks the log. */
  function refuseLate(): void {
    const late = ({ since }: Waiting) => ticks - since > patience.entry;
    const error = new CountersignError(
      'audit_overload',
      `the disk has not answered for ${patience.entry} s: nothing is allowed until it does`,
    );
    const waiting = current === null ? queue : [...current.taken, ...queue];
    for (const one of waiting) if (late(one)) one.reject(error);
    if (queue.some(late)) queue = queue.filter((one) => !late(one));
    if (current !== null && ticks - current.since > patience.batch)
      current.abandon(new Error(`a batch was not durable after ${patience.batch} s`));
  }

  function tick(): void {
    ticks += 1;
    refuseLate();
    void checkpoint();
    // A clock that was set back must not silence the log.
    if (Math.abs(now() - lastAppend) >= heartbeatEvery) append({ kind: 'heartbeat', body: {} }).catch(() => {});
  }

  async function shut(): Promise<void> {
    clearInterval(ticker);
    if (broken === null) await enqueue({ kind: 'close', body: {} }).catch(() => {});
    await writing;
    await checkpoint();
    await anchors?.close();
    const parted = Promise.all([openings.close(), store.close()]);
    // A disk that hangs would keep the process from its end.
    await (broken === null ? parted : Promise.race([parted.catch(() => {}), delay(partingMs, null, { ref: false })]));
  }

  await append({ kind: 'boot', body: { version, droppedBytes } });
  await checkpoint();
  if (broken !== null) throw broken;
  const ticker = setInterval(tick, checkpointEvery);
  ticker.unref();

  return {
    origin: chain.origin,
    epoch: chain.epoch,
    append,
    entry: (seq) => readEntry(store, chain, signer, seq),
    scan: (wanted) => scanEntries(store, chain, wanted),
    erasable: openErasable(openings),
    get entries() {
      return chain.nextSeq;
    },
    lag: () => anchors?.lag() ?? null,
    close() {
      closing ??= shut();
      return closing;
    },
  };
}
