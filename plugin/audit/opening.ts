import type { Opening } from './entry.ts';

/** An opening as its row keeps it: one row an entry, so that the erasure of an entry is the deletion of one row. */
export interface OpeningRow {
  readonly seq: number;
  readonly secret: Uint8Array;
  /** The fields, one after the other: `u16be n | name | u32be n | value`. */
  readonly fields: Uint8Array;
}

const secretBytes = 32;
/** Sequence number (a double holds all that an entry can have), secret, and how long the fields are. */
const headBytes = 8 + secretBytes + 4;

/**
 * The rows of a batch in one piece of memory, which goes to another thread without a copy: `f64be seq | 32 bytes of
 * secret | u32be n | fields` for each. Cloning the same as objects takes ten times as long.
 */
export function packOpenings(openings: readonly Opening[]): Uint8Array<ArrayBuffer> {
  const rows = openings.map(({ seq, secret, values }) => ({ seq, secret, values: Object.entries(values) }));
  const size = (values: readonly [string, Uint8Array][]) =>
    values.reduce((sum, [name, value]) => sum + 6 + Buffer.byteLength(name) + value.length, 0);
  const memory = new ArrayBuffer(rows.reduce((sum, { values }) => sum + headBytes + size(values), 0));
  const out = Buffer.from(memory);
  let at = 0;
  for (const { seq, secret, values } of rows) {
    if (secret.length !== secretBytes) throw new RangeError(`expected a secret of ${secretBytes} bytes`);
    at = out.writeDoubleBE(seq, at);
    out.set(secret, at);
    at = out.writeUInt32BE(size(values), at + secretBytes);
    for (const [name, value] of values) {
      const length = out.write(name, at + 2);
      at = out.writeUInt16BE(length, at) + length;
      at = out.writeUInt32BE(value.length, at);
      out.set(value, at);
      at += value.length;
    }
  }
  return new Uint8Array(memory);
}

/** The rows of what `packOpenings` made: views of it, not copies. */
export function* unpackOpenings(packed: Uint8Array): Generator<OpeningRow> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  for (let at = 0; at < bytes.length; ) {
    const fields = at + headBytes;
    const end = fields + bytes.readUInt32BE(fields - 4);
    yield {
      seq: bytes.readDoubleBE(at),
      secret: bytes.subarray(at + 8, at + 8 + secretBytes),
      fields: bytes.subarray(fields, end),
    };
    at = end;
  }
}

/** The values of a row by field. */
export function readFields(fields: Uint8Array): Readonly<Record<string, Buffer>> {
  const bytes = Buffer.from(fields);
  const values: [string, Buffer][] = [];
  let at = 0;
  const take = (prefix: 2 | 4): Buffer => {
    const from = at + prefix;
    at = from + bytes.readUIntBE(at, prefix);
    return bytes.subarray(from, at);
  };
  while (at < bytes.length) values.push([take(2).toString(), take(4)]);
  return Object.fromEntries(values);
}
