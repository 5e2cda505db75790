import pc from 'picocolors';
import type { Found } from '../../verify/find.ts';
import { visibleLine } from '../visible.ts';

/** An entry for people: a heading, then a member a line. */
export function readable({ seq, entry }: Found): string[] {
  const { kind, time, seq: _, _type, origin, epoch, ...members } = entry;
  const at = typeof time === 'number' && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : '';
  return [
    pc.bold(`${seq} ${at} ${shown(kind)}`),
    ...Object.entries(members).map(([name, value]) => `  ${shown(name)}: ${shown(value)}`),
  ];
}

/** Any value on one line, as text or as JSON, safe to show. */
export function shown(value: unknown): string {
  return visibleLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}
