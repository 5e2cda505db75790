import pc from 'picocolors';
import type { Found } from '../../verify/find.ts';

/** An entry for people: a heading, then a member a line. */
export function readable({ seq, entry }: Found): string[] {
  const { kind, time, seq: _, _type, origin, epoch, ...members } = entry;
  const at = typeof time === 'number' && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : '';
  return [
    pc.bold(`${seq} ${at} ${visible(kind)}`),
    ...Object.entries(members).map(([name, value]) => `  ${visible(name)}: ${visible(value)}`),
  ];
}

/** Text of callers, with control and direction characters made visible: a terminal must not act on it. */
export function visible(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
