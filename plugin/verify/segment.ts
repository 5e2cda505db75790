import { crc32 } from 'node:zlib';

/** One batch as a segment holds it, its bytes still unjudged. Views into the segment's buffer. */
export interface BatchRecord {
  /** Where in the file the record begins, bytes. */
  readonly offset: number;
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

/** The first batch's index in a segment's header; damage when there is no header. */
export function readHeader(bytes: Buffer): bigint | Damage {
  if (bytes.length < headerBytes) return { offset: 0, short: true, message: 'the file ends within its header' };
  if (bytes.toString('latin1', 0, 8) !== magic)
    return { offset: 0, short: false, message: `the file does not begin with ${magic}` };
  return bytes.readBigUInt64BE(8);
}

/** The records behind the header, in order. Ends after the first damage, which is the last thing it yields. */
export function* readRecords(bytes: Buffer): Generator<BatchRecord | Damage> {
  let offset = headerBytes;
  while (offset < bytes.length) {
    if (offset + frameBytes > bytes.length) {
      yield { offset, short: true, message: 'the file ends within a record' };
      return;
    }
    const length = bytes.readUInt32BE(offset);
    const end = offset + frameBytes + length;
    if (end > bytes.length) {
      yield { offset, short: true, message: `a record says ${length} bytes, the file has fewer` };
      return;
    }
    const payload = bytes.subarray(offset + frameBytes, end);
    const intact = crc32(payload, crc32(bytes.subarray(offset, offset + 4))) === bytes.readUInt32BE(offset + 4);
    const parts = readPayload(payload);
    if (parts === null) {
      yield { offset, short: false, message: 'a record that holds no batch' };
      return;
    }
    yield { offset, intact, ...parts };
    offset = end;
  }
}

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
