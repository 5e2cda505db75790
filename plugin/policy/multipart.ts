import { CountersignError } from '../errors.ts';
import type { Json } from '../request.ts';
import { parseJsonText } from './json.ts';

/**
 * A `multipart/form-data` body (RFC 7578) as opa-envoy-plugin shows it: the values of every named part, JSON parts
 * parsed, the rest as text. Null when the content type names no boundary.
 * @throws CountersignError `policy_error`
 */
export function parseMultipart(body: Buffer, contentType: string): Json {
  const boundary = parameter(contentType, 'boundary');
  if (boundary === undefined || boundary === '') return null;
  const values = new Map<string, Json[]>();
  for (const part of split(body.toString('latin1'), boundary)) {
    const { headers, content } = readPart(part);
    const disposition = headers.get('content-disposition') ?? '';
    const name = /^form-data\s*(;|$)/i.test(disposition) ? (parameter(disposition, 'name') ?? '') : '';
    if (name === '') continue;
    if (headers.has('content-transfer-encoding')) malformed('a part has a content-transfer-encoding (RFC 7578, 4.7)');
    const text = Buffer.from(content, 'latin1').toString('utf8');
    const isJson = headers.get('content-type')?.includes('application/json') ?? false;
    const value = isJson ? parseJsonText(text) : text;
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return Object.fromEntries(values);
}

function malformed(why: string): never {
  throw new CountersignError('policy_error', `the multipart body is malformed: ${why}`);
}

/** A parameter of a header value (RFC 9110 section 5.6.6), by token or quoted string. */
function parameter(value: string, name: string): string | undefined {
  const expression = /;\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gy;
  expression.lastIndex = value.search(/;|$/);
  for (const [, key = '', quoted, token] of value.matchAll(expression))
    if (key.toLowerCase() === name)
      return Buffer.from(quoted?.replace(/\\(.)/g, '$1') ?? token ?? '', 'utf8').toString('utf8');
  return undefined;
}

/** What stands between the delimiter lines. A body that ends before the closing one is malformed. */
function split(body: string, boundary: string): readonly string[] {
  const delimiter = `--${boundary}`.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const lines = new RegExp(`(?:^|\\r?\\n)${delimiter}(--)?[ \\t]*(?=\\r?\\n|$)`, 'g');
  const parts: string[] = [];
  let start = -1;
  for (const match of body.matchAll(lines)) {
    if (start >= 0) parts.push(body.slice(start, match.index));
    if (match[1] !== undefined) return parts;
    start = match.index + match[0].length;
  }
  return malformed('the closing delimiter is missing');
}

function readPart(part: string): { readonly headers: ReadonlyMap<string, string>; readonly content: string } {
  const text = part.replace(/^\r?\n/, '');
  const blank = /(?:^|\r?\n)\r?\n/.exec(text);
  if (!blank) return malformed('a part has no blank line after its headers');
  const headers = new Map<string, string>();
  for (const line of text.slice(0, blank.index).split(/\r?\n/)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon <= 0) malformed('a part has a header line without a name');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (headers.has(name)) malformed('a part repeats a header');
    headers.set(name, Buffer.from(line.slice(colon + 1).trim(), 'latin1').toString('utf8'));
  }
  return { headers, content: text.slice(blank.index + blank[0].length) };
}
