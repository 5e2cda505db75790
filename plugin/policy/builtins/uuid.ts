import { randomUUID } from 'node:crypto';
import { jsonInteger } from '../json.ts';
import { type Builtin, stringOperand } from './operand.ts';

/** 1582-10-15, where RFC 4122's clocks begin, to 1970, in 100 ns. */
const gregorian = 122_192_928_000_000_000n;
const variants = ['Reserved', 'RFC4122', 'Microsoft', 'Future'];
const domains = ['Person', 'Group', 'Org'];
const hardware = ['global:unicast', 'global:multicast', 'local:unicast', 'local:multicast'];

const digits = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const plain = /^[0-9a-f]{32}$/i;

/** The forms that `github.com/google/uuid` reads. @throws TypeError */
function read(text: string): Buffer {
  const bare = /^urn:uuid:/i.test(text) ? text.slice(9) : text.length === 38 ? text.slice(1, -1) : text;
  if (!digits.test(bare) && !(plain.test(bare) && bare === text)) throw new TypeError('expected a UUID');
  return Buffer.from(bare.replaceAll('-', ''), 'hex');
}

function variant(byte: number): string | undefined {
  if ((byte & 0xc0) === 0x80) return variants[1];
  return (byte & 0xe0) === 0xc0 ? variants[2] : (byte & 0xe0) === 0xe0 ? variants[3] : variants[0];
}

const parse: Builtin = ([text]) => {
  const id = read(stringOperand(text));
  const version = (id[6] ?? 0) >> 4;
  const facts = { version, variant: variant(id[8] ?? 0) ?? '' };
  if (version !== 1 && version !== 2) return facts;
  const ticks =
    (BigInt(id.readUInt16BE(6) & 0x0fff) << 48n) | (BigInt(id.readUInt16BE(4)) << 32n) | BigInt(id.readUInt32BE(0));
  const timed = {
    ...facts,
    time: jsonInteger(BigInt.asIntN(64, (ticks - gregorian) * 100n)),
    nodeid: [...id.subarray(10)].map((byte) => byte.toString(16).padStart(2, '0')).join('-'),
    macvariables: hardware[(id[10] ?? 0) & 3] ?? '',
    clocksequence: id.readUInt16BE(8) & 0x3fff,
  };
  if (version === 1) return timed;
  const domain = id[9] ?? 0;
  return { ...timed, id: id.readUInt32BE(0), domain: domains[domain] ?? `Domain${domain}` };
};

/** `uuid.*`. */
export const uuid = {
  'uuid.parse': parse,
  // One per evaluation and key: a policy that asks twice gets the same.
  'uuid.rfc4122': ([key], { once }) => once(`uuid.rfc4122 ${stringOperand(key)}`, randomUUID),
} satisfies Record<string, Builtin>;
