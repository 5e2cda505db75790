import { malformed } from './malformed.ts';

/** How fields are told apart (RFC 4180; IANA's text/tab-separated-values, which knows no quotes). */
export interface Dialect {
  readonly delimiter: ',' | '\t';
  /** A quoted field may hold delimiters, line ends and doubled quotes. */
  readonly quotes: boolean;
}

/** One field: as it is spelled, and what it says. */
export interface Field {
  readonly raw: string;
  readonly value: string;
  readonly quoted: boolean;
}

/**
 * The fields of a record, which comes without its line's end.
 * @throws CountersignError `mask_impossible` where readers would disagree about them
 */
export function parseRecord(record: string, { delimiter, quotes }: Dialect): Field[] {
  const fields: Field[] = [];
  for (let at = 0; ; ) {
    const end = fieldEnd(record, at, delimiter, quotes);
    fields.push(fieldOf(record.slice(at, end)));
    if (end >= record.length) return fields;
    at = end + 1;
  }
}

function fieldEnd(record: string, at: number, delimiter: string, quotes: boolean): number {
  let from = at;
  if (quotes && record[at] === '"') {
    from = at + 1;
    for (;;) {
      const close = record.indexOf('"', from);
      if (close < 0) throw malformed('a quote is not closed');
      from = close + 1;
      if (record[from] !== '"') break;
      from++;
    }
  }
  const end = record.indexOf(delimiter, from);
  return end < 0 ? record.length : end;
}

function fieldOf(raw: string): Field {
  if (raw[0] !== '"') {
    if (raw.includes('"')) throw malformed('a quote stands within a field that is not quoted');
    return { raw, value: raw, quoted: false };
  }
  const inner = raw.slice(1, -1);
  if (raw.length < 2 || !raw.endsWith('"') || inner.replaceAll('""', '').includes('"'))
    throw malformed('something follows the quote that ends a field');
  return { raw, value: inner.replaceAll('""', '"'), quoted: true };
}

/** A field that says `value`, quoted where the old one was, or where it has to be. */
export function writeField(value: string, like: Field, { delimiter }: Dialect): string {
  const needed = like.quoted || value.includes(delimiter) || /["\r\n]|^\s|\s$/.test(value);
  return needed ? `"${value.replaceAll('"', '""')}"` : value;
}
