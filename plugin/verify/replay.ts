import { setImmediate } from 'node:timers/promises';
import type { Mark } from './anchors.ts';
import type { Bytes } from './bytes.ts';
import { type PublicKey, preAuthEncoding, signedBy } from './dsse.ts';
import { type Entry, openEntryCheck } from './entry.ts';
import type { Folder } from './folder.ts';
import { leafBodies } from './leaf.ts';
import { leafHash, openTree, sha256, tileWidth } from './merkle.ts';
import type { Findings } from './report.ts';
import { type BatchRecord, readHeader, readRecords } from './segment.ts';
import { differences } from './statement.ts';
import { compareBundle, compareTile } from './tiles.ts';

/** How far a replay has come. */
export interface Progress {
  readonly folder: string;
  /** Bytes of segments read so far, and in all. */
  readonly read: number;
  readonly bytes: number;
  readonly entries: number;
}

/** What a replay needs to know before it reads the first batch. */
export interface ReplayOptions {
  readonly origin: string;
  readonly epoch: number;
  /** Milliseconds since 1970 from which the keys are valid: no entry is older. */
  readonly created: number;
  readonly signer: PublicKey;
  /** Leaves that the checkpoint covers: their tiles must be there. */
  readonly published: number;
  /** Sizes at which root, number and time are wanted. */
  readonly heads: ReadonlySet<number>;
  onEntry(entry: Entry, where: string): void;
  onProgress(progress: Progress): void;
}

/** What the segments make. */
export interface Replayed {
  readonly entries: number;
  readonly batches: number;
  readonly root: Buffer;
  /** What the log is at each wanted size that it reaches. */
  readonly marks: ReadonlyMap<number, Mark>;
  readonly from: string;
  readonly to: string;
  /** Bytes at the end that are no whole record. */
  readonly torn: { readonly bytes: number; readonly where: string } | null;
}

/** Entries in a batch at most (audit.md). */
const batchLimit = 256;

/** After so many batches, some 40 ms, progress is reported and others may run. */
const progressEvery = 256;

/**
 * Reads every batch of every segment once, in order, and rebuilds from them what the writer must have published. What
 * does not fit is a finding and the replay goes on. Memory: a piece of a segment, and the right edge of the tree.
 */
export async function replay(folder: Folder, findings: Findings, options: ReplayOptions): Promise<Replayed> {
  const { origin, signer } = options;
  const rebuild = leafBodies(signer);
  const order = openEntryCheck(options);
  const full: Parameters<Parameters<typeof openTree>[0]>[0][] = [];
  const tree = openTree((tile) => full.push(tile));
  const marks = new Map<number, Mark>();
  let bodies: Buffer[] = [];
  let prevBatch: string | null = null;
  let torn: Replayed['torn'] = null;
  const names = folder.names('segments').filter((name) => /^[0-9]{16}\.seg$/.test(name));
  const bytes = names.reduce((sum, name) => sum + folder.sizeOf(`segments/${name}`), 0);
  let read = 0;

  function head(): void {
    if (options.heads.has(tree.size))
      marks.set(tree.size, { root: tree.root(), seq: order.next, time: order.to === '' ? 0 : Date.parse(order.to) });
  }

  /** One batch: signature, statement, entries, leaf. */
  function batch(record: BatchRecord, where: string): void {
    if (!record.intact) findings.add('segment_damaged', where, 'the checksum does not fit the record');
    const encoding = preAuthEncoding(record.statement);
    if (!signedBy(signer, encoding, record.signature))
      findings.add('signature_invalid', where, `the batch is not signed by ${signer.fingerprint}`);
    const expected = {
      batch: tree.size,
      epoch: options.epoch,
      firstSeq: order.next,
      origin,
      prevBatch,
      digests: record.entries.map((entry) => sha256(entry).toString('hex')),
    };
    for (const { code, message } of differences(record.statement, expected)) findings.add(code, where, message);
    if (record.entries.length === 0 || record.entries.length > batchLimit)
      findings.add('statement_count', where, `a batch has 1 to ${batchLimit} entries, it has ${record.entries.length}`);
    for (const entry of record.entries) checkEntry(entry, where);
    const body = rebuild(encoding, record.signature);
    const leaf = leafHash(body);
    prevBatch = leaf.toString('hex');
    bodies.push(body);
    tree.append(leaf);
    head();
  }

  function checkEntry(bytes: Buffer, where: string): void {
    const at = `${where}, entry ${order.next}`;
    const entry = order.read(bytes, (code, message) => findings.add(code, at, message));
    if (entry !== null) options.onEntry(entry, at);
  }

  /** Tiles that have become full since the last look. */
  function compareFull(): void {
    for (const tile of full.splice(0)) {
      compareTile(folder, findings, tile, options.published);
      if (tile.level > 0) continue;
      compareBundle(folder, findings, tile.index, bodies.slice(0, tileWidth), options.published);
      bodies = bodies.slice(tileWidth);
    }
  }

  async function readSegment(segment: Bytes, file: string, last: boolean): Promise<void> {
    const first = readHeader(segment);
    if (typeof first !== 'bigint') {
      if (last && first.short) torn = { bytes: segment.length, where: file };
      else findings.add('segment_damaged', file, first.message);
      return;
    }
    if (first !== BigInt(file.slice(-20, -4)) || first !== BigInt(tree.size))
      findings.add('segment_order', file, `it begins with batch ${first}, expected ${tree.size}`);
    for (const record of readRecords(segment)) {
      if ('message' in record) {
        if (last && record.short)
          torn = { bytes: segment.length - record.offset, where: `${file}, byte ${record.offset}` };
        else findings.add('segment_damaged', `${file}, byte ${record.offset}`, record.message);
        return;
      }
      batch(record, `${file}, batch ${tree.size}`);
      if (full.length > 0) compareFull();
      if (tree.size % progressEvery !== 0) continue;
      options.onProgress({ folder: folder.path, read: read + record.offset, bytes, entries: order.count });
      await setImmediate();
    }
  }

  head();
  for (const [index, name] of names.entries()) {
    const file = `segments/${name}`;
    const segment = folder.open(file);
    if (segment === null) {
      findings.add('segment_damaged', file, 'the file can not be read, or is larger than any segment');
      continue;
    }
    try {
      await readSegment(segment, file, index === names.length - 1);
    } finally {
      segment.close();
    }
    read += segment.length;
    options.onProgress({ folder: folder.path, read, bytes, entries: order.count });
  }
  for (const tile of tree.edge()) compareTile(folder, findings, tile, options.published);
  if (bodies.length > 0) compareBundle(folder, findings, Math.floor(tree.size / tileWidth), bodies, options.published);
  return {
    entries: order.count,
    batches: tree.size,
    root: tree.root(),
    marks,
    from: order.from,
    to: order.to,
    torn,
  };
}
