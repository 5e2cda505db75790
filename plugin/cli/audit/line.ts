import type { Found } from '../../verify/find.ts';
import { shown } from './readable.ts';

type Members = Found['entry'];

/** What a line says of each kind: these members, in this order. */
const members: Readonly<Record<string, readonly string[]>> = {
  decision: ['verdict', 'method', 'authority', 'path', 'rule', 'hold'],
  hold: ['transition', 'hold', 'rule', 'group'],
  response: ['status', 'outcome', 'length', 'detail'],
  policy: ['action', 'revision', 'code'],
  disclosure: ['what', 'subject', 'fields', 'reason'],
  erasure: ['what', 'subject', 'count', 'reason'],
  deviation: ['state', 'what', 'detail', 'count'],
  boot: ['version'],
};

/** An entry in one line: number, time, kind, who, what, exchange. Nothing in it can move the cursor. */
export function lineOf({ seq, entry }: Found): string {
  const time = typeof entry.time === 'number' && Math.abs(entry.time) <= 8.64e15 ? entry.time : 0;
  const said = (Object.hasOwn(members, String(entry.kind)) ? (members[String(entry.kind)] ?? []) : [])
    .map((name) => entry[name])
    .filter((value) => value !== undefined && value !== '');
  const who = idOf(entry.approver) ?? idOf(entry.principal);
  const words = [seq, new Date(time).toISOString(), entry.kind, ...(who === null ? [] : [who]), ...said];
  return [...words, ...masksOf(entry), ...(entry.exchange === undefined ? [] : [entry.exchange])].map(shown).join(' ');
}

function idOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : null;
}

function masksOf({ masks }: Members): readonly string[] {
  if (!Array.isArray(masks)) return [];
  const count = masks.reduce((sum: number, mask: { count?: unknown } | null) => sum + (Number(mask?.count) || 0), 0);
  return count === 0 ? [] : [`masked=${count}`];
}
