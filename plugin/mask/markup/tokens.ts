import { openCarry } from '../json/carry.ts';
import { holdLimit, type Rewriter } from '../rewriter.ts';
import { malformed } from './malformed.ts';

/** A stretch of markup that is rewritten as one. */
export interface Token {
  readonly kind: 'text' | 'tag' | 'comment' | 'cdata' | 'instruction' | 'doctype';
  /** As it is spelled. */
  readonly raw: string;
}

/** How a kind of token begins and ends; the first whose beginning fits. */
export type Delimiters = readonly (readonly [kind: Token['kind'], begins: string, ends: string | null])[];

const lessThan = 0x3c;
const greaterThan = 0x3e;
const doubleQuote = 0x22;
const singleQuote = 0x27;

/** What tokens are made into. */
export interface TokenSink {
  /** What leaves in the token's place. */
  token(token: Token): string;
  /** What ends the text that comes now, whatever it has in it (`</script`); null where tags do. */
  rawUntil(): string | null;
  /** The document is complete. @throws CountersignError `mask_impossible` when it isn't */
  end(): string;
}

/** Held bytes are looked at again when a part of them is new: a long token in small pieces takes no time squared. */
const alwaysLooked = 4_096;

/** Cuts markup into tokens. Held back is one token, 128 KiB at most. */
export function openTokens(delimiters: Delimiters, sink: TokenSink): Rewriter {
  const carry = openCarry();
  let enough = 0;

  /** Index after the token that begins at `at`; -1 when its end is not there yet. */
  function tokenEnd(b: Buffer, at: number, last: boolean): number {
    const raw = sink.rawUntil();
    if (raw !== null) return rawEnd(b, at, raw, last);
    if (b[at] !== lessThan) {
      const end = b.indexOf(lessThan, at);
      return end < 0 && last ? b.length : end;
    }
    const row = delimiterAt(b, at, last);
    if (row === null) return -1;
    const [, begins, ends] = row;
    if (ends === null) return tagEnd(b, at);
    const end = b.indexOf(ends, at + begins.length);
    return end < 0 ? -1 : end + ends.length;
  }

  function delimiterAt(b: Buffer, at: number, last: boolean): Delimiters[number] | null {
    for (const row of delimiters) {
      const seen = b.toString('latin1', at, at + row[1].length).toLowerCase();
      if (seen === row[1]) return row;
      if (!last && at + seen.length === b.length && row[1].startsWith(seen)) return null;
    }
    throw malformed('something is no tag');
  }

  function kindOf(b: Buffer, at: number): Token['kind'] {
    if (b[at] !== lessThan || sink.rawUntil() !== null) return 'text';
    return delimiterAt(b, at, true)?.[0] ?? 'text';
  }

  function scan(b: Buffer, last: boolean): { readonly out: string; readonly at: number } {
    let out = '';
    let at = 0;
    while (at < b.length) {
      const end = tokenEnd(b, at, last);
      if (end < 0) break;
      if (end - at > holdLimit) throw tooLong();
      if (end > at || sink.rawUntil() !== null)
        out += sink.token({ kind: kindOf(b, at), raw: b.toString('utf8', at, end) });
      at = end;
    }
    if (b.length - at > holdLimit) throw tooLong();
    return { out, at };
  }

  return {
    push(chunk) {
      const b = carry.join(chunk);
      if (b.length < enough) {
        carry.keep(b, 0);
        return Buffer.alloc(0);
      }
      const { out, at } = scan(b, false);
      const held = b.length - at;
      carry.keep(b, at);
      enough = held > alwaysLooked ? held * 1.25 : 0;
      return Buffer.from(out);
    },
    end() {
      const b = carry.join(Buffer.alloc(0));
      const { out, at } = scan(b, true);
      if (at < b.length) throw malformed('it ends within a tag');
      return Buffer.from(out + sink.end());
    },
  };
}

/** A raw text goes up to the tag that ends it, in any case. */
function rawEnd(b: Buffer, at: number, ends: string, last: boolean): number {
  for (let end = b.indexOf(lessThan, at); end >= 0; end = b.indexOf(lessThan, end + 1))
    if (b.toString('latin1', end, end + ends.length).toLowerCase() === ends) return end;
  return last ? b.length : -1;
}

/** A tag goes up to the first `>` that is not within quotes. */
function tagEnd(b: Buffer, at: number): number {
  let quote = 0;
  for (let end = at + 1; end < b.length; end++) {
    const byte = b[end] as number;
    if (quote !== 0) {
      if (byte === quote) quote = 0;
    } else if (byte === doubleQuote || byte === singleQuote) quote = byte;
    else if (byte === greaterThan) return end + 1;
  }
  return -1;
}

function tooLong(): ReturnType<typeof malformed> {
  return malformed(`more than ${holdLimit} bytes between two tags, or in one`);
}
