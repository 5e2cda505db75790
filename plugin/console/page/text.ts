/** A run of text as it is shown: plain, or a mark that stands for characters that nobody would see. */
export interface Run {
  readonly text: string;
  /** What the mark stands for, in words; null for plain text. */
  readonly mark: string | null;
}

/**
 * Controls (C0, C1, DEL), format characters (bidi, tags), what is drawn as nothing (zero-width, fillers, variation
 * selectors), line and paragraph separators, private use, unassigned, and half surrogate pairs. As the command line has
 * it; a carriage return is hidden too, since a browser draws it as a new line.
 */
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}]+/gu;

/** Marks of one text that are elements of their own; a text with more has them as plain text. */
const markLimit = 2_000;

const names: readonly (readonly [RegExp, string])[] = [
  [/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/u, 'changes the direction of reading'],
  [/[\u200b-\u200d\u2060\ufeff]/u, 'has no width'],
  [/[\u0000-\u001f\u007f-\u009f]/u, 'is a control character'],
];

/** The text in runs, with every hidden character as its code point: `U+202E`. Equal ones in a row are counted. */
export function runs(text: string): readonly Run[] {
  const found: Run[] = [];
  let at = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index), mark: null });
    found.push({ text: codePoints(match[0]), mark: meaning(match[0]) });
    at = match.index + match[0].length;
    if (found.length > 2 * markLimit) return [...found, { text: plain(text.slice(at)), mark: null }];
  }
  if (at < text.length) found.push({ text: text.slice(at), mark: null });
  return found;
}

/** Hidden characters of a text, counted. */
export function hiddenIn(text: string): number {
  let count = 0;
  for (const [found] of text.matchAll(hidden)) count += [...found].length;
  return count;
}

/** As `runs`, as one text on one line, for places that take no elements (titles, labels). */
export function plain(text: string): string {
  return text.replace(hidden, (found) => `\u27e8${codePoints(found)}\u27e9`);
}

function codePoints(text: string): string {
  const counted: { name: string; times: number }[] = [];
  for (const character of text) {
    const name = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    const last = counted.at(-1);
    if (last?.name === name) last.times += 1;
    else counted.push({ name, times: 1 });
  }
  return counted.map(({ name, times }) => (times === 1 ? name : `${name}\u00d7${times}`)).join(' ');
}

function meaning(text: string): string {
  const said = names.filter(([pattern]) => pattern.test(text)).map(([, words]) => words);
  return said.length === 0 ? 'is drawn as nothing' : said.join(', ');
}

/** Scripts that have letters which look like those of another. */
const scripts: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
  ['Coptic', /\p{Script=Coptic}/u],
  ['Lisu', /\p{Script=Lisu}/u],
];

/** A word whose letters are of several scripts, or that looks Latin and is not (threat 21). */
export interface Lookalike {
  readonly word: string;
  readonly scripts: readonly string[];
}

/** Words that are told of at most. */
const lookalikeLimit = 20;

/** Letters of Cyrillic, Greek and Armenian that look like Latin ones. */
const latinLooking =
  /^[\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u03bf\u03b1\u03bd\u03c1\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0585\u0578\uff21-\uff3a\uff41-\uff5a]+$/u;

/**
 * Words of a text that mix scripts whose letters look alike (UTS 39 section 5.2 calls such text mixed-script), or that
 * are written wholly in letters that look Latin and are of another script, or full width.
 */
export function lookalikes(text: string): readonly Lookalike[] {
  // Most texts have none: one look tells.
  if (!/[^\u0000-\u024f]/u.test(text)) return [];
  const found = new Map<string, Lookalike>();
  for (const [word] of text.matchAll(/[\p{L}\p{M}\p{N}_]+/gu)) {
    if (found.size === lookalikeLimit) break;
    if (word.length < 2 || !/[^\u0000-\u024f]/u.test(word)) continue;
    const used = scripts.filter(([, pattern]) => pattern.test(word)).map(([name]) => name);
    if (used.length > 1 || latinLooking.test(word)) found.set(word, { word: word.slice(0, 80), scripts: used });
  }
  return [...found.values()];
}

/** Bytes of a text in UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** `820 bytes`, `12.4 KB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 line`, `3 lines`; other nouns get an `s`, too. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
