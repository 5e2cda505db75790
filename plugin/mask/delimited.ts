import { malformed } from './delimited/malformed.ts';
import { type Dialect, type Field, parseRecord, writeField } from './delimited/record.ts';
import { maskField, namesMatter } from './field.ts';
import { openCarry } from './json/carry.ts';
import { holdLimit, type OpenRewriter, type Work } from './rewriter.ts';

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Comma-separated values (RFC 4180): a record may go over lines, within quotes. */
export const openCsvRewriter: OpenRewriter = (work) => openDelimited({ delimiter: ',', quotes: true }, work);
/** Tab-separated values: quotes protect nothing. */
export const openTsvRewriter: OpenRewriter = (work) => openDelimited({ delimiter: '\t', quotes: false }, work);

/**
 * Rewrites a table of text whose first record names its columns. Held back is one record, 128 KiB at most. A record that
 * nothing is masked in leaves as it came; in others, the fields that nothing is masked in.
 */
function openDelimited(dialect: Dialect, work: Work): ReturnType<OpenRewriter> {
  const carry = openCarry();
  const table = openTable(dialect, work);
  /** How much of what is held back was looked at, and whether that ends within quotes. */
  let seen = 0;
  let quoted = false;

  /** Index of the line's end that ends the record; -1 when it is not there yet. */
  function recordEnd(b: Buffer): number {
    for (; seen < b.length; seen++) {
      const byte = b[seen];
      if (byte === quote && dialect.quotes) quoted = !quoted;
      else if (!quoted && (byte === lineFeed || byte === carriageReturn)) return seen;
    }
    return -1;
  }

  function requireLength(length: number): void {
    if (length > holdLimit) throw malformed(`a record is longer than ${holdLimit} bytes`);
  }

  return {
    push(chunk) {
      const b = carry.join(chunk);
      const out: string[] = [];
      let start = 0;
      for (let end = recordEnd(b); end >= 0; end = recordEnd(b)) {
        requireLength(end - start);
        out.push(table.record(b.toString('utf8', start, end)), String.fromCharCode(b[end] as number));
        start = seen = end + 1;
      }
      requireLength(b.length - start);
      carry.keep(b, start);
      seen -= start;
      return Buffer.from(out.join(''));
    },
    end() {
      if (quoted) throw malformed('a quote is not closed');
      return Buffer.from(table.record(carry.join(Buffer.alloc(0)).toString('utf8')));
    },
  };
}

/** What else tables of text are delimited by: a reader who knew that would see other columns. */
const delimiters = /[,;|\t]/;

function openTable(dialect: Dialect, work: Work): { record(text: string): string } {
  const { columns, keys } = work.plan;
  const named = namesMatter(work);
  if (named && work.media.parameters.get('header')?.toLowerCase() === 'absent')
    throw malformed('its columns have no names, by which it is to be masked');
  let masks: readonly (number | undefined)[] | null = null;

  function header(fields: readonly Field[]): readonly (number | undefined)[] {
    if (named && fields.some(({ raw, quoted }) => !quoted && delimiters.test(raw)))
      throw malformed('the names of its columns have other delimiters in them');
    return fields.map(({ value }) => columns.get(value) ?? columns.get(value.trim()) ?? keys.get(value.trim()));
  }

  function drops(mask: number | undefined): boolean {
    return mask !== undefined && work.plan.drops[mask] === true;
  }

  return {
    record(text) {
      if (text === '') return text;
      const fields = parseRecord(text, dialect);
      const isHeader = masks === null;
      masks ??= header(fields);
      if (named && fields.length > masks.length) throw malformed('a record has more fields than there are columns');
      const written = fields.map((field, column) => {
        const mask = masks?.[column];
        if (isHeader && drops(mask)) return null;
        const masked = maskField(field.value, isHeader ? undefined : mask, work);
        if (masked === undefined) return field.raw;
        return masked === null ? null : writeField(masked, field, dialect);
      });
      return written.filter((field) => field !== null).join(dialect.delimiter);
    },
  };
}
