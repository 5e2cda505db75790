import { CountersignError } from '../errors.ts';
import { maskField } from './field.ts';
import { openCarry } from './json/carry.ts';
import { holdLimit, type OpenRewriter, type Work } from './rewriter.ts';

const ampersand = 0x26;

/**
 * Rewrites a form (`application/x-www-form-urlencoded`, WHATWG URL section 5). Held back is one pair, 128 KiB at most. A
 * pair that nothing is masked in leaves as it is spelled; a dropped one goes with an ampersand.
 */
export const openFormRewriter: OpenRewriter = (work) => {
  const carry = openCarry();
  let seen = 0;
  let first = true;

  function pair(text: string): string {
    if (text.length > holdLimit) throw malformed(`a pair is longer than ${holdLimit} bytes`);
    const masked = maskPair(text, work);
    if (masked === null) return '';
    const written = first ? masked : `&${masked}`;
    first = false;
    return written;
  }

  return {
    push(chunk) {
      const b = carry.join(chunk);
      let out = '';
      let start = 0;
      for (let end = b.indexOf(ampersand, seen); end >= 0; end = b.indexOf(ampersand, start)) {
        out += pair(b.toString('utf8', start, end));
        start = end + 1;
      }
      if (b.length - start > holdLimit) throw malformed(`a pair is longer than ${holdLimit} bytes`);
      carry.keep(b, start);
      seen = b.length - start;
      return Buffer.from(out);
    },
    end: () => Buffer.from(pair(carry.join(Buffer.alloc(0)).toString('utf8'))),
  };
};

function maskPair(text: string, work: Work): string | null {
  if (text.includes(';')) throw malformed('a semicolon stands in it, at which some readers end a pair');
  const equals = text.indexOf('=');
  const rawName = equals < 0 ? text : text.slice(0, equals);
  const rawValue = equals < 0 ? '' : text.slice(equals + 1);
  const name = decode(rawName);
  const value = maskField(decode(rawValue), maskOf(name, work), work);
  if (value === null) return null;
  const maskedName = maskField(name, undefined, work);
  const left = typeof maskedName === 'string' ? encodeURIComponent(maskedName) : rawName;
  if (value === undefined) return left + text.slice(rawName.length);
  return `${left}=${encodeURIComponent(value)}`;
}

/** `ssn`, and the same as a member of something: `user[ssn]`, `user.ssn`, `user[0][ssn]`, `ssn[]`. */
function maskOf(name: string, { plan }: Work): number | undefined {
  const found = [name, ...name.split(/[[\].]+/)]
    .map((part) => plan.keys.get(part.trim()))
    .filter((mask) => mask !== undefined);
  return found.length === 0 ? undefined : Math.min(...found);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('an escape in it is not UTF-8');
  }
}

function malformed(what: string): CountersignError {
  return new CountersignError('mask_impossible', `the response is not the form that masks can be applied to: ${what}`);
}
