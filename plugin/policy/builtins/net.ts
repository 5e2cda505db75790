import { isIPv4, isIPv6 } from 'node:net';
import type { Json } from '../../request.ts';
import { type Builtin, rego, stringOperand, stringSet } from './operand.ts';
import { readTerm, type Term } from './term.ts';

/** An address, or the network that begins there. IPv4 lies in IPv6 at `::ffff:0:0/96` (RFC 4291 section 2.5.5.2). */
interface Network {
  readonly first: bigint;
  readonly last: bigint;
}

const mapped = 0xffffn << 32n;

function isV4(address: bigint): boolean {
  return address >> 32n === 0xffffn;
}

function readV4(text: string): bigint {
  return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function readV6(text: string): bigint {
  const dotted = /[0-9.]+$/.exec(text)?.[0] ?? '';
  const v4 = dotted.includes('.') ? readV4(dotted) : null;
  const plain =
    v4 === null ? text : `${text.slice(0, -dotted.length)}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`;
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** Go's `net.ParseIP`. Undefined for anything else. */
function readAddress(text: string): bigint | undefined {
  if (isIPv4(text)) return mapped | readV4(text);
  return isIPv6(text) && !text.includes('%') ? readV6(text) : undefined;
}

/** Go's `net.ParseCIDR`: the network, whatever address within it is written. @throws TypeError */
function readNetwork(text: string): Network {
  const [, address = '', length = ''] = /^(.*)\/([0-9]{1,3})$/.exec(text) ?? [];
  const value = readAddress(address);
  const bits = isIPv4(address) ? 32 : 128;
  if (value === undefined || Number(length) > bits) throw new TypeError('expected a CIDR');
  return networkOf(value, bits - Number(length));
}

function networkOf(address: bigint, hostBits: number): Network {
  const host = (1n << BigInt(hostBits)) - 1n;
  return { first: address & ~host, last: address | host };
}

/** RFC 5952: of the longest runs of zeros the first is `::`. */
function writeAddress(address: bigint): string {
  const part = (bits: number, shift: number) => Number((address >> BigInt(shift)) & ((1n << BigInt(bits)) - 1n));
  if (isV4(address)) return [24, 16, 8, 0].map((shift) => part(8, shift)).join('.');
  const groups = [112, 96, 80, 64, 48, 32, 16, 0].map((shift) => part(16, shift).toString(16)).join(':');
  const runs = [...groups.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups;
  const at = runs.find(([run]) => run === longest)?.index ?? 0;
  return `${groups.slice(0, at).replace(/:$/, '')}::${groups.slice(at + longest.length).replace(/^:/, '')}`;
}

function contains(network: Network, other: Network): boolean {
  // A network of IPv6 does not contain what is IPv4, though by number it may.
  return isV4(network.first) === isV4(other.first) && network.first <= other.first && other.last <= network.last;
}

function readEither(text: string): Network {
  const address = readAddress(text);
  return address === undefined ? readNetwork(text) : { first: address, last: address };
}

/** [network, what stands for it in the result] of every element. */
function elements(term: Term): readonly (readonly [text: string, index: string])[] {
  const cidr = (element: Term): string => {
    const value = element.kind === 'array' ? element.items[0] : element;
    if (value?.kind !== 'string') throw new TypeError('expected a string or an array that begins with one');
    return value.value;
  };
  if (term.kind === 'string') return [[term.value, term.text]];
  if (term.kind === 'object') return term.members.map(([key, value]) => [cidr(value), key.text]);
  if (term.kind === 'array') return term.items.map((item, i) => [cidr(item), String(i)]);
  if (term.kind === 'set') return term.items.map((item) => [cidr(item), item.text]);
  return [];
}

const containsMatches: Builtin = (_, context) => {
  const networks = elements(readTerm(context.rego(0)));
  // Nothing is read that is compared with nothing.
  const others = networks.length === 0 ? [] : elements(readTerm(context.rego(1)));
  context.charge(networks.length * others.length * 20);
  const read = others.map(([text, index]) => [readEither(text), index] as const);
  const pairs = networks.flatMap(([text, index]) => {
    if (read.length === 0) return [];
    const network = readNetwork(text);
    return read.filter(([other]) => contains(network, other)).map(([, other]) => `[${index},${other}]`);
  });
  return rego(pairs.length === 0 ? 'set()' : `{${pairs.join(',')}}`);
};

const expand: Builtin = ([text], { charge }) => {
  const { first, last } = readNetwork(stringOperand(text));
  charge(Number(last - first) * 200);
  return stringSet(Array.from({ length: Number(last - first) + 1 }, (_, i) => writeAddress(first + BigInt(i))));
};

/** The classes of RFC 791, by which Go gives a bare IPv4 address its mask: /8, /16, /24. */
function classHostBits(address: bigint): number {
  const byte = Number((address >> 24n) & 0xffn);
  return byte < 0x80 ? 24 : byte < 0xc0 ? 16 : 8;
}

/** A bare address is the network of its class, and is written as it came unless it is merged. */
function readMergeable(value: Json): Network & { readonly text: string | null } {
  const text = stringOperand(value);
  const address = readAddress(text);
  if (address === undefined) return { ...readNetwork(text), text: null };
  if (!isV4(address)) throw new TypeError('an IPv6 address needs a prefix length');
  const hostBits = classHostBits(address);
  return { ...networkOf(address, hostBits), text: `${writeAddress(address)}/${32 - hostBits}` };
}

/** The fewest networks that make up a range. */
function networksOf({ first, last }: Network): string[] {
  const bits = isV4(first) ? 32 : 128;
  const texts: string[] = [];
  for (let at = first; at <= last; ) {
    let host = 0;
    while (host < bits && (at & ((2n << BigInt(host)) - 1n)) === 0n && at + (2n << BigInt(host)) - 1n <= last) host++;
    texts.push(`${writeAddress(at)}/${bits - host}`);
    at += 1n << BigInt(host);
  }
  return texts;
}

const merge: Builtin = ([list]) => {
  if (!Array.isArray(list)) throw new TypeError('expected an array or set');
  const ranges = (list as readonly Json[]).map(readMergeable);
  ranges.sort(
    (a, b) =>
      Number(a.last > b.last) - Number(a.last < b.last) || Number(a.first > b.first) - Number(a.first < b.first),
  );
  for (let i = ranges.length - 1; i > 0; i--) {
    const [one, next] = [ranges[i - 1], ranges[i]];
    if (one === undefined || next === undefined || isV4(one.first) !== isV4(next.first) || next.first - 1n > one.last)
      continue;
    ranges.splice(i - 1, 2, { ...(next.first < one.first ? next : one), last: next.last, text: null });
  }
  return stringSet(ranges.flatMap((range) => (range.text === null ? networksOf(range) : [range.text])));
};

function isValid(value: Json | undefined): boolean {
  try {
    return readNetwork(stringOperand(value)) !== undefined;
  } catch {
    return false;
  }
}

/** `net.cidr_*` but for what is in the module itself. */
export const net = {
  'net.cidr_is_valid': ([text]) => isValid(text),
  'net.cidr_expand': expand,
  'net.cidr_merge': merge,
  'net.cidr_contains_matches': containsMatches,
} satisfies Record<string, Builtin>;
