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
 * (threat 7). The subset: what the lexers of PostgreSQL, SQLite and MySQL cut into the same tokens. What a lexer would
 * have to guess at is refused, so that the scan below can be simple: it only has to find every quote and comment.
 */
export function disagreement(text: string, dialect: string): string | null {
  if (isPostgres(dialect)) return null;
  if (!known.has(dialect)) return `the dialect ${JSON.stringify(dialect.slice(0, 32))} is not one that is known`;
  for (let at = 0; at < text.length; ) {
    const token = tokens.find(({ starts }) => starts.test(text.slice(at, at + 2)));
    const step: Step = token === undefined ? { end: at + 1 } : token.read(text, at, dialect);
    if ('reason' in step) return `dialects disagree over ${step.reason}`;
    at = step.end;
  }
  return null;
}

type Step = { readonly end: number } | { readonly reason: string };

interface Token {
  /** Of the next two characters. */
  readonly starts: RegExp;
  readonly read: (text: string, at: number, dialect: string) => Step;
}

const refuse = (reason: string): Token['read'] => {
  return () => ({ reason });
};

/** In order; the first that starts here is taken. Whatever matches none is one character of plain SQL. */
const tokens: readonly Token[] = [
  { starts: /^--/, read: lineComment },
  { starts: /^\/\*/, read: blockComment },
  { starts: /^'/, read: literal },
  { starts: /^"/, read: quotedName },
  { starts: /^#/, read: refuse('# (a comment to MySQL)') },
  { starts: /^`/, read: refuse('backticks') },
  { starts: /^\[/, read: refuse('brackets (a name to SQLite)') },
  { starts: /^\\/, read: refuse('a backslash') },
  { starts: /^\$/, read: parameter },
  { starts: /^[^\t\n\r\x20-\x7e]/, read: refuse('control or non-ASCII characters outside quotes') },
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
function literal(text: string, at: number): Step {
  if (/[A-Za-z0-9_$&]/.test(text[at - 1] ?? '')) return { reason: 'a literal with a prefix' };
  return quoted(text, at, "'");
}

function quotedName(text: string, at: number, dialect: string): Step {
  if (doubleQuotedStrings.has(dialect)) return { reason: 'double quotes' };
  if (/[A-Za-z0-9_$&]/.test(text[at - 1] ?? '')) return { reason: 'a quoted name with a prefix' };
  return quoted(text, at, '"');
}

function quoted(text: string, at: number, quote: string): Step {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') return { reason: 'a backslash in quotes' };
    if (text[end] !== quote) continue;
    if (text[end + 1] !== quote) return { end: end + 1 };
    end++;
  }
  return { reason: 'a quote that does not end' };
}

/** `$1` is a parameter to all; `$tag$` quotes in PostgreSQL only. */
function parameter(text: string, at: number): Step {
  const digits = /^\$[0-9]+(?![A-Za-z0-9_$])/.exec(text.slice(at, at + 12))?.[0];
  if (digits === undefined || /[A-Za-z0-9_]/.test(text[at - 1] ?? '')) return { reason: 'dollar signs' };
  return { end: at + digits.length };
}
