import type { Framing } from './framing.ts';
import { openUtf8Check } from './json/utf8.ts';
import { impossible } from './media.ts';
import { noBytes, type Rewriter, type Work } from './rewriter.ts';

const utf8 = /^utf-?8$/i;
/** Bytes are code points, the same in all that masks look for. */
const latin1 = /^(?:iso-?8859-?1|latin-?1|us-?ascii|windows-1252|cp1252)$/i;

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Opens a framing's rewriter on a body in its charset: UTF-8, which is checked, with or without a byte order mark; or
 * Latin-1 where the framing allows it, which becomes UTF-8 on the way in and Latin-1 again on the way out.
 * @throws CountersignError `mask_impossible` on any other charset
 */
export function openCharset(framing: Framing, work: Work): Rewriter {
  const charset = work.media.parameters.get('charset') ?? 'utf-8';
  if (utf8.test(charset)) return afterMark(checked(framing.open(work)));
  if (framing.latin1 && latin1.test(charset)) return inLatin1(framing.open(work));
  throw impossible('the charset is not UTF-8');
}

/** Every framing's text is UTF-8 before anything is made of it. */
function checked(rewriter: Rewriter): Rewriter {
  const check = openUtf8Check();
  return {
    push(chunk) {
      check.push(chunk);
      return rewriter.push(chunk);
    },
    end() {
      check.end();
      return rewriter.end();
    },
  };
}

/** A byte order mark leaves as it came, in front of what it marks. */
function afterMark(rewriter: Rewriter): Rewriter {
  let held: Uint8Array | null = noBytes;
  return {
    push(chunk) {
      if (held === null) return rewriter.push(chunk);
      const so: Buffer =
        held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([held, chunk]);
      const seen = Math.min(so.length, byteOrderMark.length);
      const marked = byteOrderMark.subarray(0, seen).equals(so.subarray(0, seen));
      if (marked && seen < byteOrderMark.length) {
        held = Buffer.from(so);
        return noBytes;
      }
      held = null;
      if (!marked) return rewriter.push(so);
      const rest = rewriter.push(so.subarray(seen));
      return Buffer.concat([byteOrderMark, rest]);
    },
    end() {
      const first = held === null || held.length === 0 ? noBytes : rewriter.push(held);
      return first.length === 0 ? rewriter.end() : Buffer.concat([Buffer.from(first), rewriter.end()]);
    },
  };
}

/** What a reader who looks for marks first would read as another charset. */
const marks: readonly Buffer[] = [byteOrderMark, Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

function inLatin1(rewriter: Rewriter): Rewriter {
  let first = noBytes;
  let begun = false;

  function encoded(bytes: Uint8Array): Uint8Array {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    for (let at = 0; at < text.length; at++)
      if (text.charCodeAt(at) > 0xff) throw impossible('a token has characters that the charset has not');
    return Buffer.from(text, 'latin1');
  }

  return {
    push(chunk) {
      if (!begun) {
        first = Buffer.concat([first, chunk.subarray(0, 3 - first.length)]);
        if (marks.some((mark) => mark.equals(Buffer.from(first.subarray(0, mark.length)))))
          throw impossible('it begins with a byte order mark of another charset');
        begun = first.length >= 3;
      }
      return encoded(rewriter.push(Buffer.from(Buffer.from(chunk).toString('latin1'), 'utf8')));
    },
    end: () => encoded(rewriter.end()),
  };
}
