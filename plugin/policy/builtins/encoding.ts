import type { Json } from '../../request.ts';
import { isObject } from '../result.ts';
import { parseQuery, queryEscape, queryUnescape } from '../url.ts';
import { type Builtin, stringOperand, stringsOperand } from './operand.ts';

/** Go's `url.Values.Encode`: sorted by name. */
function encodeObject(value: Json | undefined): string {
  if (!isObject(value)) throw new TypeError('expected an object');
  return Object.entries(value)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap(([name, one]) => {
      const values = typeof one === 'string' ? [one] : stringsOperand(one);
      return values.map((text) => `${queryEscape(name)}=${queryEscape(text)}`);
    })
    .join('&');
}

/** `hex.*`, `urlquery.*` and `base64url.encode_no_pad`; the rest of base64 is in the module itself. */
export const encoding = {
  'base64url.encode_no_pad': ([text]) => Buffer.from(stringOperand(text)).toString('base64url'),
  'hex.encode': ([text]) => Buffer.from(stringOperand(text)).toString('hex'),
  'hex.decode': ([text]) => {
    const hex = stringOperand(text);
    if (hex.length % 2 !== 0 || /[^0-9A-Fa-f]/.test(hex)) throw new TypeError('expected hexadecimal digits');
    return Buffer.from(hex, 'hex').toString('utf8');
  },
  'urlquery.encode': ([text]) => queryEscape(stringOperand(text)),
  'urlquery.decode': ([text]) => queryUnescape(stringOperand(text)),
  'urlquery.encode_object': ([object]) => encodeObject(object),
  'urlquery.decode_object': ([text]) => parseQuery(stringOperand(text)),
} satisfies Record<string, Builtin>;
