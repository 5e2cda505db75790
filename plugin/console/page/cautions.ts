import type { Described } from './describe.ts';
import { bytesOf, counted, hiddenIn, lookalikes, sizeText } from './text.ts';
import type { View } from './wire.ts';

/** Something that an approver must not overlook. */
export interface Caution {
  readonly what: 'hidden' | 'lookalike' | 'binary' | 'long' | 'rejected' | 'changed' | 'unparsed';
  readonly text: string;
}

/** Lines beyond which a text is long, and bytes. */
const longLines = 80;
const longBytes = 8_000;

/** Every caution of a hold, the gravest first (threat 21). Empty once its texts are gone. */
export function cautionsOf(view: View, described: Described | null): readonly Caution[] {
  if (described === null) return [];
  const { raw, commands } = described;
  const texts = [
    raw.line,
    ...raw.headers.flat(),
    raw.body ?? '',
    ...commands.flatMap((one) => [one.text ?? '', ...one.facts.flat()]),
  ];
  // What a body's escapes hide (`\u202e` in JSON) stands in the command that was read from it.
  const hidden = Math.max(hiddenIn(raw.body ?? ''), ...commands.map(({ text }) => hiddenIn(text ?? '')));
  const elsewhere = hiddenIn([raw.line, ...raw.headers.flat(), view.asker.id].join(''));
  const words = new Set(
    lookalikes([...texts, view.asker.id, view.asker.owner ?? ''].join('\n')).map(({ word }) => word),
  );
  const lines = Math.max(0, ...texts.map((one) => one.split('\n').length));
  const bytes = bytesOf(raw.body ?? '');
  const found: (Caution | false)[] = [
    commands.some(({ kind }) => kind === 'Not understood') && {
      what: 'unparsed',
      text: 'Nobody could tell for certain what this does. Read the raw request.',
    },
    hidden + elsewhere > 0 && {
      what: 'hidden',
      text: `${counted(hidden + elsewhere, 'character')} would not be seen, or would turn the reading around. Each stands here as its number.`,
    },
    words.size > 0 && {
      what: 'lookalike',
      text: `Letters of several scripts look alike in: ${[...words].join(', ')}`,
    },
    texts.some((one) => one.includes('\ufffd')) && {
      what: 'binary',
      text: 'It has bytes that are no text, shown as \ufffd: they are part of what is approved, and can not be read here.',
    },
    (lines > longLines || bytes > longBytes) && {
      what: 'long',
      text: `It is long: ${counted(lines, 'line')}, ${sizeText(bytes)} of body. All of it stands below.`,
    },
    (view.rejectedBefore ?? 0) > 0 && {
      what: 'rejected',
      text: `Requests of this shape were rejected ${counted(view.rejectedBefore ?? 0, 'time')} within a day.`,
    },
    raw.changes.length > 0 && {
      what: 'changed',
      text: 'The policy changes the request on its way: see below.',
    },
  ];
  return found.filter((one) => one !== false);
}
