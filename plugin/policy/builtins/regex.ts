import { compilePattern, type Pattern } from '../../pattern.ts';
import type { Json } from '../../request.ts';
import { type Builtin, type Context, integerOperand, stringOperand } from './operand.ts';

/** Patterns of late, compiled: policies have few, and a pattern that a caller chose must not stay for ever. */
const compiled = new Map<string, Pattern>();
const compiledLimit = 100;

/** Steps to compile a pattern, for each of its characters. */
const compileSteps = 200;

/** The engine's steps are some of ours. */
const stepsOfEngine = 2;

function compile(source: string, { charge }: Context): Pattern {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  charge(source.length * compileSteps);
  const pattern = compilePattern(source);
  if (compiled.size >= compiledLimit) compiled.clear();
  compiled.set(source, pattern);
  return pattern;
}

/** Where a pattern matched: UTF-16 units from, to. */
interface Match {
  readonly from: number;
  readonly to: number;
  readonly group: (key: string) => string;
}

/**
 * Go's `FindAll`: an empty match that abuts the match before it is none.
 * The engine's time is the text's length times its program's; it is paid before it is spent.
 */
function matchesOf(pattern: Pattern, text: string, context: Context, most = Number.POSITIVE_INFINITY): Match[] {
  context.charge(text.length * pattern.programSize() * stepsOfEngine);
  const matcher = pattern.matcher(text);
  const found: Match[] = [];
  let last = -1;
  while (found.length < most && matcher.find()) {
    const [from, to] = [matcher.start(), matcher.end()];
    if (from === to && from === last) continue;
    last = to;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, at) => matcher.group(at) ?? '');
    found.push({ from, to, group: (key) => groups[indexOf(pattern, key)] ?? '' });
  }
  return found;
}

/** A group by its number or name; -1 for none. */
function indexOf(pattern: Pattern, key: string): number {
  return /^[0-9]+$/.test(key) ? Number(key) : (pattern.namedGroups()[key] ?? -1);
}

/** Go's `Regexp.Expand`: `$name` and `${name}`, the name as long as can be; `$$` is a dollar sign. */
function expand(template: string, { group }: Match): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (all, braced?: string, plain?: string) =>
    all === '$$' ? '$' : group(braced ?? plain ?? ''),
  );
}

const replace: Builtin = ([base, source, value], context) => {
  const [text, template] = [stringOperand(base), stringOperand(value)];
  const matches = matchesOf(compile(stringOperand(source), context), text, context);
  context.charge(matches.length * template.length);
  let at = 0;
  const parts = matches.map((match) => {
    const part = text.slice(at, match.from) + expand(template, match);
    at = match.to;
    return part;
  });
  return parts.join('') + text.slice(at);
};

/** Go's `Regexp.Split` without a limit. */
const split: Builtin = ([source, value], context) => {
  const text = stringOperand(value);
  const pattern = stringOperand(source);
  if (text === '' && pattern !== '') return [''];
  const parts: string[] = [];
  let [begin, end] = [0, 0];
  for (const { from, to } of matchesOf(compile(pattern, context), text, context)) {
    end = from;
    if (to !== 0) parts.push(text.slice(begin, end));
    begin = to;
  }
  return end === text.length ? parts : [...parts, text.slice(begin)];
};

const findN: Builtin = ([source, value, count], context) => {
  const text = stringOperand(value);
  const n = integerOperand(count);
  const most = n < 0 ? Number.POSITIVE_INFINITY : n;
  return matchesOf(compile(stringOperand(source), context), text, context, most).map(({ from, to }) =>
    text.slice(from, to),
  );
};

/** The places of balanced delimiters. @throws RangeError when they are not */
function delimited(template: string, open: string, close: string): (readonly [from: number, to: number])[] {
  const places: [number, number][] = [];
  let level = 0;
  let from = 0;
  for (let at = 0; at < template.length; at++) {
    if (template[at] === open) {
      level += 1;
      if (level === 1) from = at;
    } else if (template[at] === close) {
      level -= 1;
      if (level === 0) places.push([from, at + 1]);
      if (level < 0) throw new RangeError('expected balanced delimiters');
    }
  }
  if (level !== 0) throw new RangeError('expected balanced delimiters');
  return places;
}

const literal = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

function delimiter(value: Json | undefined): string {
  const text = stringOperand(value);
  if (text.length !== 1) throw new TypeError('expected a delimiter of one character');
  return text;
}

/** A template whose delimited parts are patterns, matched as a whole. */
const templateMatch: Builtin = ([template, value, open, close], context) => {
  const source = stringOperand(template);
  let at = 0;
  const parts = delimited(source, delimiter(open), delimiter(close)).map(([from, to]) => {
    const part = `${literal(source.slice(at, from))}(${source.slice(from + 1, to - 1)})`;
    at = to;
    return part;
  });
  const pattern = compile(`^${parts.join('')}${literal(source.slice(at))}$`, context);
  return matchesOf(pattern, stringOperand(value), context, 1).length > 0;
};

/**
 * `regex.*` beyond what the module has: RE2's syntax, in linear time. Not `regex.globs_match`: OPA's answers are those of
 * its algorithm rather than of the globs (`aa*` and `a` do not meet there).
 */
export const regex = {
  'regex.replace': replace,
  'regex.split': split,
  'regex.find_n': findN,
  'regex.template_match': templateMatch,
} satisfies Record<string, Builtin>;
