import { crc32 } from 'node:zlib';
import type { Bytes } from './bytes.ts';

/** One batch as a segment holds it, its bytes still unjudged. Views into the segment, good until the next record is read. */
export interface BatchRecord {
  /** Where in the file the record begins, bytes. */
  readonly offset: number;
  /** Where the next one begins. */
  readonly end: number;
  /** Whether the checksum fits; the payload is judged even where it does not. */
  readonly intact: boolean;
  readonly statement: Buffer;
  readonly signature: Buffer;
  readonly entries: readonly Buffer[];
}

/** Something in a segment that is no record. */
export interface Damage {
  readonly offset: number;
  /** True when the file ends within a record: what a crash leaves, or a cut. */
  readonly short: boolean;
  readonly message: string;
}

const magic = 'CSAUDIT1';
const headerBytes = 16;
const frameBytes = 8;
const batchPayload = 1;
/** A batch has 4 MiB of entries at most (audit.md), and some 30 KB of statement and framing: more is no record. */
const recordLimit = 8 * 1024 * 1024;

/** The first batch's index in a segment's header; damage when there is no header. */
export function readHeader(bytes: Bytes): bigint | Damage {
  if (bytes.length < headerBytes) return { offset: 0, short: true, message: 'the file ends within its header' };
  const header = bytes.subarray(0, headerBytes);
  if (header.toString('latin1', 0, 8) !== magic)
    return { offset: 0, short: false, message: `the file does not begin with ${magic}` };
  return header.readBigUInt64BE(8);
}

/**
 * The records behind the header, in order. Ends after the first damage, which is the last thing it yields. Memory: one
 * piece of the file, or one record.
 */
export function* readRecords(bytes: Bytes): Generator<BatchRecord | Damage> {
  let offset = headerBytes;
  while (offset < bytes.length) {
    const record = readAt(bytes, offset);
    yield record;
    if ('message' in record) return;
    offset = record.end;
  }
}

function readAt(bytes: Bytes, offset: number): BatchRecord | Damage {
  const frameEnd = offset + frameBytes;
  if (frameEnd > bytes.length) return { offset, short: true, message: 'the file ends within a record' };
  const frame = bytes.subarray(offset, frameEnd);
  if (frame.length < frameBytes) return unread(offset);
  const length = frame.readUInt32BE(0);
  const end = frameEnd + length;
  if (end > bytes.length) return { offset, short: true, message: `a record says ${length} bytes, the file has fewer` };
  if (length > recordLimit)
    return { offset, short: false, message: `a record of ${length} bytes: no batch has so many` };
  const record = bytes.subarray(offset, end);
  if (record.length < end - offset) return unread(offset);
  const payload = record.subarray(frameBytes);
  const parts = readPayload(payload);
  if (parts === null) return { offset, short: false, message: 'a record that holds no batch' };
  const intact = crc32(payload, crc32(record.subarray(0, 4))) === record.readUInt32BE(4);
  return { offset, end, intact, ...parts };
}

const unread = (offset: number): Damage => ({ offset, short: false, message: 'the file can not be read to its end' });

/** `01 | u32be n | statement | u16be n | signature | u16be count | count x (u32be n | entry)`, and nothing behind it. */
function readPayload(payload: Buffer): Pick<BatchRecord, 'statement' | 'signature' | 'entries'> | null {
  let at = 1;
  const take = (prefix: 2 | 4): Buffer | null => {
    if (at + prefix > payload.length) return null;
    const length = payload.readUIntBE(at, prefix);
    const from = at + prefix;
    if (from + length > payload.length) return null;
    at = from + length;
    return payload.subarray(from, at);
  };
  if (payload[0] !== batchPayload) return null;
  const statement = take(4);
  const signature = take(2);
  if (statement === null || signature === null || at + 2 > payload.length) return null;
  const count = payload.readUInt16BE(at);
  at += 2;
  const entries: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    const entry = take(4);
    if (entry === null) return null;
    entries.push(entry);
  }
  return at === payload.length ? { statement, signature, entries } : null;
}
