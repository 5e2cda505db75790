/** HPACK, the decoding half: RFC 7541. What we send needs no table (see `head.ts`). */
import { decodeHuffman } from './huffman.ts';
import { type Field, staticTable } from './static-table.ts';

/** Bytes of the dynamic table: the default of SETTINGS_HEADER_TABLE_SIZE, which we leave. */
const tableBytes = 4096;

/** What an entry costs beside its bytes: section 4.1. */
const entryOverhead = 32;

/** Blocks that are remembered with what they decoded to, as long as the table has not changed. */
const cachedBlocks = 64;

/** A longer block is seldom the same twice. */
const longestCached = 512;

/** A header list, or why there is none: `compression` breaks the connection, `too_large` only its stream. */
export type Decoded = readonly Field[] | 'compression' | 'too_large';

/** Decodes the header blocks of one connection, in the order in which they came. */
export type DecodeBlock = (block: Buffer) => Decoded;

/** @param maxListBytes names, values and 32 a field (RFC 9113 section 6.5.2): a longer list is `too_large` */
export function openHpack(maxListBytes: number): DecodeBlock {
  const table = openTable();
  let cache = new Map<string, readonly Field[]>();
  let cachedAt = 0;

  return (block) => {
    if (block.length > longestCached) return decode(block, table, maxListBytes);
    if (cachedAt !== table.changes) {
      cache = new Map();
      cachedAt = table.changes;
    }
    const key = block.toString('latin1');
    const known = cache.get(key);
    if (known !== undefined) return known;
    const fields = decode(block, table, maxListBytes);
    if (typeof fields !== 'string' && cachedAt === table.changes && cache.size < cachedBlocks) cache.set(key, fields);
    return fields;
  };
}

interface Table {
  /** How often it has changed: what was decoded before a change says nothing of after it. */
  readonly changes: number;
  get(index: number): Field | undefined;
  add(field: Field): void;
  resize(bytes: number): void;
}

/** Sections 2.3 and 4: the newest entry is the first behind the static ones, the oldest is evicted first. */
function openTable(): Table {
  let entries: Field[] = [];
  /** Entries before it are evicted. */
  let oldest = 0;
  let bytes = 0;
  let limit = tableBytes;
  let changes = 0;

  function evictTo(most: number): void {
    while (bytes > most) bytes -= sizeOf(entries[oldest++]);
    if (oldest > 256 && oldest > entries.length / 2) {
      entries = entries.slice(oldest);
      oldest = 0;
    }
  }

  return {
    get changes() {
      return changes;
    },
    get(index) {
      if (index <= staticTable.length) return staticTable[index - 1];
      const at = entries.length - (index - staticTable.length);
      return at < oldest ? undefined : entries[at];
    },
    add(field) {
      changes += 1;
      const size = sizeOf(field);
      evictTo(Math.max(0, limit - size));
      if (size > limit) return;
      entries.push(field);
      bytes += size;
    },
    resize(most) {
      changes += 1;
      limit = most;
      evictTo(limit);
    },
  };
}

function sizeOf(field: Field | undefined): number {
  return field === undefined ? 0 : field[0].length + field[1].length + entryOverhead;
}

/** Where a block is read; `fault` once what stands there is no HPACK. */
interface Cursor {
  readonly block: Buffer;
  at: number;
  fault: boolean;
}

/** Reads a whole block even when its list is too large: the table must follow the peer's. */
function decode(block: Buffer, table: Table, maxListBytes: number): Decoded {
  const cursor: Cursor = { block, at: 0, fault: false };
  const fields: Field[] = [];
  let size = 0;
  while (cursor.at < block.length && !cursor.fault) {
    const byte = block[cursor.at] ?? 0;
    if ((byte & 0xe0) === 0x20) {
      resize(cursor, table, fields.length === 0 && size === 0);
      continue;
    }
    const field = (byte & 0x80) === 0x80 ? table.get(readInteger(cursor, 7)) : readLiteral(cursor, byte, table);
    if (field === undefined || cursor.fault) return 'compression';
    size += sizeOf(field);
    if (size <= maxListBytes) fields.push(field);
  }
  if (cursor.fault) return 'compression';
  return size > maxListBytes ? 'too_large' : fields;
}

/** Section 6.3: only before the first field, and never above what we allow. */
function resize(cursor: Cursor, table: Table, first: boolean): void {
  const size = readInteger(cursor, 5);
  if (!first || size > tableBytes) cursor.fault = true;
  else table.resize(size);
}

/** Section 6.2: with indexing (01), without (0000), never (0001). */
function readLiteral(cursor: Cursor, byte: number, table: Table): Field | undefined {
  const indexing = (byte & 0xc0) === 0x40;
  const index = readInteger(cursor, indexing ? 6 : 4);
  const name = index === 0 ? readString(cursor) : table.get(index)?.[0];
  const value = readString(cursor);
  if (name === undefined || cursor.fault) return undefined;
  const field: Field = [name, value];
  if (indexing) table.add(field);
  return field;
}

/** Section 5.1. Nothing that we take needs more than 28 bits. */
function readInteger(cursor: Cursor, prefix: number): number {
  const mask = (1 << prefix) - 1;
  let value = (cursor.block[cursor.at++] ?? 0) & mask;
  if (value < mask) return value;
  for (let shift = 0; shift <= 21; shift += 7) {
    const byte = cursor.block[cursor.at++];
    if (byte === undefined) break;
    value += (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  cursor.fault = true;
  return 0;
}

/** Section 5.2. */
function readString(cursor: Cursor): string {
  const byte = cursor.block[cursor.at];
  const length = byte === undefined ? 0 : readInteger(cursor, 7);
  const from = cursor.at;
  const to = from + length;
  if (byte === undefined || to > cursor.block.length) cursor.fault = true;
  if (cursor.fault) return '';
  cursor.at = to;
  if (byte !== undefined && byte < 0x80) return cursor.block.toString('latin1', from, to);
  const text = decodeHuffman(cursor.block, from, to);
  if (text === null) cursor.fault = true;
  return text ?? '';
}
