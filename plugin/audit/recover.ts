import { createPublicKey, type KeyObject } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { type Chain, faultOf, timeOf } from './chain.ts';
import { type Checkpoint, isSignedBy, readCheckpoint } from './checkpoint.ts';
import { headerBytes, readHeader, readRecord } from './segment.ts';
import type { Signer } from './signer.ts';
import type { EntryStore } from './store.ts';

/** Name of the segment that begins with a batch. */
export function segmentName(firstBatch: number): string {
  return `segments/${String(firstBatch).padStart(16, '0')}.seg`;
}

/** Bytes: 64 MiB and a last batch are less. A sparse file of a gigabyte is not read at all. */
const largestSegment = 128 * 1024 * 1024;

/** A segment without records, or with more than its good ones: bytes behind `end` were never acknowledged. */
interface Torn {
  readonly path: string;
  readonly end: number;
  readonly bytes: number;
}

/** What stands in a log's folder. */
interface Scanned {
  readonly torn: Torn | null;
  /** Batches that the published checkpoint covers. */
  readonly published: number;
}

/**
 * Reads a log back into an empty chain and changes nothing. Checks the chain and the digests, and that the published
 * checkpoint is a beginning of it. Where the caller has checked the checkpoint's signature (`signed`), its root speaks
 * for the signatures of the batches below it, each of which is part of a leaf: most of the time that opening takes.
 * `onLeaf` is called after each batch that the chain has taken.
 * @throws CountersignError `audit_damaged` for anything but a torn tail
 */
export async function scan(
  store: EntryStore,
  chain: Chain,
  signer: Pick<Signer, 'publicKey'>,
  signed = false,
  onLeaf: () => void = () => {},
): Promise<Scanned> {
  // First: what a living writer publishes meanwhile may cover more than is read here.
  const checkpoint = await published(store);
  chain.release(checkpoint?.size ?? 0);
  const segments = (await store.list('segments')).filter((name) => name.endsWith('.seg'));
  const covered = signed ? (checkpoint?.size ?? 0) : 0;
  let root = chain.tree.root();
  const taken = () => {
    if (chain.tree.size === checkpoint?.size) root = chain.tree.root();
    onLeaf();
  };
  const signerOf = (batch: number) => (batch < covered ? null : signer);
  let torn: Torn | null = null;
  for (const [at, name] of segments.entries()) {
    const path = `segments/${name}`;
    if ((await store.readAt(path, largestSegment, 1)).length > 0)
      throw damaged(path, largestSegment, 'it is larger than any segment');
    const bytes = await store.read(path);
    const end = replay(chain, signerOf, { path, bytes, last: at === segments.length - 1 }, taken);
    if (end < bytes.length || end <= headerBytes) torn = { path, end, bytes: bytes.length };
  }
  if (checkpoint !== null) compareCheckpoint(checkpoint, chain, root);
  return { torn, published: checkpoint?.size ?? 0 };
}

/** How a log was found. */
export interface Recovered {
  /** Bytes of a torn tail that were cut off: nobody was told that they were kept. */
  readonly droppedBytes: number;
  /** Batches that the published checkpoint covers: their tiles are there. */
  readonly published: number;
}

/**
 * The ordinary way to open a log: `scan`, then cut off a torn tail. The checkpoint must be signed by `logKey`: else
 * whoever cuts the log's end off could write one that fits.
 * @throws CountersignError `audit_damaged`: nothing is changed then
 */
export async function recover(store: EntryStore, chain: Chain, signer: Signer, logKey: KeyObject): Promise<Recovered> {
  const note = await publishedNote(store);
  if (
    note !== null &&
    readCheckpoint(note)?.origin === chain.origin &&
    !isSignedBy(note, chain.origin, createPublicKey(logKey))
  )
    throw damaged('checkpoint', 0, "its signature is not the log's");
  const { torn, published } = await scan(store, chain, signer, true);
  if (torn === null) return { droppedBytes: 0, published };
  if (torn.end > headerBytes) await store.truncate(torn.path, torn.end);
  else await store.remove(torn.path);
  return { droppedBytes: torn.bytes - torn.end, published };
}

/** Who must have signed a batch; null where a signed root speaks for it. */
type SignerOf = (batch: number) => Pick<Signer, 'publicKey'> | null;

interface SegmentFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly last: boolean;
}

/** Takes the records of a segment; returns where the good ones end. */
function replay(chain: Chain, signerOf: SignerOf, { path, bytes, last }: SegmentFile, taken: () => void): number {
  const first = readHeader(bytes);
  if (first === null) {
    if (last && bytes.length < headerBytes) return 0;
    throw damaged(path, 0, 'it has no header');
  }
  if (first !== chain.tree.size) throw damaged(path, 0, `it begins with batch ${first}, expected ${chain.tree.size}`);
  let offset = headerBytes;
  while (offset < bytes.length) {
    const read = readRecord(bytes, offset);
    if (read === null) {
      if (last && !recordFollows(bytes, offset + 1)) return offset;
      throw damaged(path, offset, 'a record is not what was written, and others follow it');
    }
    const fault = faultOf(chain, read.record, signerOf(chain.tree.size));
    if (fault !== null) throw damaged(path, offset, fault);
    const { entries } = read.record;
    const lastEntry = entries.at(-1);
    chain.extend(read.record, { segment: path, offset, length: read.end - offset }, lastEntry ? timeOf(lastEntry) : 0);
    offset = read.end;
    taken();
  }
  return offset;
}

/** True when an intact record stands anywhere behind a bad one: then it is no torn tail. */
function recordFollows(bytes: Buffer, from: number): boolean {
  for (let at = from; at + 9 <= bytes.length; at += 1) {
    if (at + 8 + bytes.readUInt32BE(at) > bytes.length) continue;
    if (readRecord(bytes, at) !== null) return true;
  }
  return false;
}

async function publishedNote(store: EntryStore): Promise<string | null> {
  if (!(await store.list('')).includes('checkpoint')) return null;
  return (await store.read('checkpoint')).toString('utf8');
}

/** The checkpoint that was published; null for a log that has none yet. */
async function published(store: EntryStore): Promise<Checkpoint | null> {
  const note = await publishedNote(store);
  if (note === null) return null;
  const read = readCheckpoint(note);
  if (read === null) throw damaged('checkpoint', 0, 'it is malformed');
  return read;
}

/** What was published must be a beginning of what is there, whose root at that size is `found`. */
function compareCheckpoint({ size, root, origin }: Checkpoint, chain: Chain, found: Buffer): void {
  if (origin !== chain.origin) throw damaged('checkpoint', 0, `it is of ${origin}, this log is ${chain.origin}`);
  if (size > chain.tree.size)
    throw damaged('checkpoint', 0, `it is over ${size} batches, ${chain.tree.size} are there: the log was rolled back`);
  if (!found.equals(root))
    throw damaged('checkpoint', 0, 'its root is another: the log was forked, or a signature in it was changed');
}

function damaged(path: string, offset: number, what: string): CountersignError {
  return new CountersignError(
    'audit_damaged',
    `the audit log is damaged at ${path}, byte ${offset}: ${what}. Nothing was changed. Keep a copy of the folder, restore it from a backup, or move it away to begin a new epoch; see docs/operators.md`,
  );
}
