import { crc32 } from 'node:zlib';

const magic = Buffer.from('CSAUDIT1');

/** Bytes before the first record: the magic and the index of the first batch. */
export const headerBytes = 16;
const frameBytes = 8;
const batchPayload = 1;

/** One batch as it stands in a segment. */
export interface BatchRecord {
  readonly statement: Buffer;
  /** DER. */
  readonly signature: Buffer;
  readonly entries: readonly Buffer[];
}

/** A segment's header. */
export function segmentHeader(firstBatch: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeBigUInt64BE(BigInt(firstBatch), magic.length);
  return header;
}

/** Index of the first batch, or null when this is no header. */
export function readHeader(bytes: Buffer): number | null {
  if (bytes.length < headerBytes || !bytes.subarray(0, magic.length).equals(magic)) return null;
  return Number(bytes.readBigUInt64BE(magic.length));
}

/**
 * Frames a batch: `u32be len | u32be crc | payload`, crc over len and payload; payload `01 | u32be n | statement |
 * u16be n | signature | u16be count | count x (u32be n | entry)`. It is put in
 * `memory` where it fits: new memory outside the heap for each batch keeps the collector busy.
 */
export function frame({ statement, signature, entries }: BatchRecord, memory = Buffer.alloc(0)): Buffer {
  const length =
    1 + 4 + statement.length + 2 + signature.length + 2 + entries.reduce((sum, it) => sum + 4 + it.length, 0);
  const size = frameBytes + length;
  const out = size <= memory.length ? memory.subarray(0, size) : Buffer.allocUnsafe(size);
  let at = out.writeUInt32BE(length, 0) + 4;
  const put = (bytes: Buffer, prefix: 2 | 4) => {
    at = out.writeUIntBE(bytes.length, at, prefix);
    at += bytes.copy(out, at);
  };
  at = out.writeUInt8(batchPayload, at);
  put(statement, 4);
  put(signature, 2);
  at = out.writeUInt16BE(entries.length, at);
  for (const entry of entries) put(entry, 4);
  out.writeUInt32BE(crc32(out.subarray(frameBytes), crc32(out.subarray(0, 4))), 4);
  return out;
}

/** The record at an offset and where the next begins; null when there is no whole, intact one. */
export function readRecord(
  bytes: Buffer,
  offset: number,
): { readonly record: BatchRecord; readonly end: number } | null {
  if (offset + frameBytes > bytes.length) return null;
  const end = offset + frameBytes + bytes.readUInt32BE(offset);
  if (end > bytes.length) return null;
  const payload = bytes.subarray(offset + frameBytes, end);
  if (crc32(payload, crc32(bytes.subarray(offset, offset + 4))) !== bytes.readUInt32BE(offset + 4)) return null;
  const record = readPayload(payload);
  return record === null ? null : { record, end };
}

function readPayload(payload: Buffer): BatchRecord | null {
  if (payload[0] !== batchPayload) return null;
  let at = 1;
  const take = (prefix: 2 | 4): Buffer | null => {
    if (at + prefix > payload.length) return null;
    const from = at + prefix;
    const end = from + payload.readUIntBE(at, prefix);
    if (end > payload.length) return null;
    at = end;
    return payload.subarray(from, end);
  };
  const statement = take(4);
  const signature = take(2);
  if (statement === null || signature === null || at + 2 > payload.length) return null;
  const count = payload.readUInt16BE(at);
  at += 2;
  const entries: Buffer[] = [];
  while (entries.length < count) {
    const entry = take(4);
    if (entry === null) return null;
    entries.push(entry);
  }
  return at === payload.length ? { statement, signature, entries } : null;
}
