/** Dialects whose text may be read by PostgreSQL's parser when it is in the common subset. */
const known: ReadonlySet<string> = new Set(['sqlite', 'mysql', 'mariadb']);

/** Dialects that quote strings, not names, with `"`. */
const doubleQuotedStrings: ReadonlySet<string> = new Set(['mysql', 'mariadb']);

/** True for the dialect that the parser is made for. */
export function isPostgres(dialect: string): boolean {
  return dialect === 'postgres' || dialect === 'postgresql';
}

/**
 * Why PostgreSQL's parser could see other statements in `text` than a database of `dialect` runs; null when it can't
 * (threat 7). The subset: what the lexers of PostgreSQL, SQLite and MySQL cut into the same tokens and read as the same.
 * Only what is listed here is in it: words, plain numbers, plain literals, comments, a few operators and punctuation.
 */
export function disagreement(text: string, dialect: string): string | null {
  if (isPostgres(dialect)) return null;
  if (!known.has(dialect)) return `the dialect ${JSON.stringify(dialect.slice(0, 32))} is not one that is known`;
  let before: Before = 'start';
  for (let at = 0; at < text.length; ) {
    const step = tokenAt(text, at, before, dialect);
    if ('reason' in step) return `dialects disagree over ${step.reason}`;
    before = step.leaves ?? before;
    at = step.end;
  }
  return null;
}

/** What the last token was: behind a `value` (a name, a literal, a closing parenthesis) a literal would be an alias. */
type Before = 'start' | 'value' | 'operator';

/** A token read: where the next begins, and what it leaves behind it; white space and comments leave what was. */
type Step = { readonly end: number; readonly leaves?: Before } | { readonly reason: string };

function tokenAt(text: string, at: number, before: Before, dialect: string): Step {
  const next = text.slice(at, at + 2);
  for (const { starts, read } of tokens) if (starts.test(next)) return read(text, at, before, dialect);
  return { reason: `${JSON.stringify(next[0])} outside quotes` };
}

interface Token {
  /** Of the next two characters. */
  readonly starts: RegExp;
  readonly read: (text: string, at: number, before: Before, dialect: string) => Step;
}

/** In order; the first that starts here is taken. What matches none is refused: `@`, `:`, `?`, `$`, `#`, backticks... */
const tokens: readonly Token[] = [
  { starts: /^[ \t\r\n]/, read: (_, at) => ({ end: at + 1 }) },
  { starts: /^--/, read: lineComment },
  { starts: /^\/\*/, read: blockComment },
  { starts: /^'/, read: literal },
  { starts: /^"/, read: quotedName },
  { starts: /^[A-Za-z_]/, read: word },
  { starts: /^[0-9]/, read: number },
  { starts: /^\.[0-9]/, read: () => ({ reason: 'a number that begins with a dot' }) },
  { starts: /^[(,;.]/, read: (_, at) => ({ end: at + 1, leaves: 'operator' }) },
  { starts: /^\)/, read: (_, at) => ({ end: at + 1, leaves: 'value' }) },
  { starts: /^[-+*/%<>=!|]/, read: operator },
];

/** MySQL wants white space behind `--`; PostgreSQL ends the comment at a carriage return, the others do not. */
function lineComment(text: string, at: number): Step {
  const newline = text.indexOf('\n', at);
  const end = newline < 0 ? text.length : newline;
  const comment = text.slice(at, end).replace(/\r$/, '');
  if (!/^--([ \t]|$)/.test(comment)) return { reason: '-- without a space behind it' };
  return comment.includes('\r') ? { reason: 'a carriage return in a comment' } : { end };
}

/** PostgreSQL nests comments, the others do not; MySQL runs what stands in some of them. */
function blockComment(text: string, at: number): Step {
  const close = text.indexOf('*/', at + 2);
  if (close < 0) return { reason: 'a comment that does not end' };
  const inner = text.slice(at + 2, close);
  if (inner.includes('/*') || inner.endsWith('/')) return { reason: 'nested comments' };
  return /^(!|M!|\+)/i.test(inner) ? { reason: 'executable comments' } : { end: close + 2 };
}

/** Doubling the quote is common; the backslash and prefixes such as `E'` are not. */
function literal(text: string, at: number, before: Before): Step {
  if (/[A-Za-z0-9_]/.test(text[at - 1] ?? '')) return { reason: 'a literal with a prefix' };
  // To SQLite and MySQL an alias (`ssn 'x'`), to PostgreSQL a constant of that type, or one literal in two parts.
  if (before === 'value') return { reason: 'a literal behind a name or a value' };
  return quoted(text, at, "'");
}

function quotedName(text: string, at: number, _: Before, dialect: string): Step {
  if (doubleQuotedStrings.has(dialect)) return { reason: 'double quotes' };
  if (/[A-Za-z0-9_]/.test(text[at - 1] ?? '')) return { reason: 'a quoted name with a prefix' };
  return quoted(text, at, '"');
}

function quoted(text: string, at: number, quote: string): Step {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') return { reason: 'a backslash in quotes' };
    if (text[end] !== quote) continue;
    if (text[end + 1] !== quote) return { end: end + 1, leaves: 'value' };
    end++;
  }
  return { reason: 'a quote that does not end' };
}

/** Words behind which a literal is a value to everybody; any other may be a name. */
const beforeValues: ReadonlySet<string> = new Set([
  ...['all', 'and', 'between', 'by', 'case', 'distinct', 'else', 'escape', 'from', 'having', 'is', 'like', 'limit'],
  ...['not', 'on', 'or', 'returning', 'select', 'then', 'when', 'where'],
]);

function word(text: string, at: number): Step {
  const name = /^[A-Za-z0-9_]+/.exec(text.slice(at))?.[0] ?? '';
  return { end: at + name.length, leaves: beforeValues.has(name.toLowerCase()) ? 'operator' : 'value' };
}

/** Digits, a fraction, nothing else: exponents, hexadecimal and underscores are read in several ways. */
function number(text: string, at: number): Step {
  const digits = /^[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.])/.exec(text.slice(at, at + 64))?.[0];
  return digits === undefined ? { reason: 'a number of another form' } : { end: at + digits.length, leaves: 'value' };
}

/** Operators of all three. PostgreSQL joins what stands together, so a run must be one of them, with a sign at most. */
function operator(text: string, at: number): Step {
  const run = /^(?:(?!--|\/\*)[-+*/%<>=!|&~^@#?:`$])+/.exec(text.slice(at, at + 16))?.[0] ?? '';
  if (!/^(?:<=|>=|<>|!=|\|\||[-+*/%<>=])(?:[-+])?$/.test(run) || run === '->') return { reason: `the operator ${run}` };
  return { end: at + run.length, leaves: 'operator' };
}
