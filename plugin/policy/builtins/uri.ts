import { type Builtin, stringOperand } from './operand.ts';

/** The parts of a URI reference (RFC 3986) as Go's `net/url` takes it apart; '' where one is not there. */
export interface Uri {
  readonly scheme: string;
  /** Host and port as they are written. */
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  /** Percent-decoded; `rawPath` is '' where encoding gives back what was written. */
  readonly path: string;
  readonly rawPath: string;
  readonly query: string;
  readonly fragment: string;
}

const badEscape = /%(?![0-9A-Fa-f]{2})/;

/** By bytes, then UTF-8. @throws TypeError for a `%` without two hex digits */
function decode(text: string): string {
  if (badEscape.test(text)) throw new TypeError('expected two hexadecimal digits after %');
  if (!text.includes('%')) return text;
  const latin = Buffer.from(text).toString('latin1');
  const decoded = latin.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, 'latin1').toString('utf8');
}

/** Go's default encoding of a path. */
function encodePath(path: string): string {
  return encodeURIComponent(path.toWellFormed())
    .replace(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function cut(text: string, separator: string): readonly [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** @throws TypeError for user information, a host or a port with characters that do not belong there */
function readAuthority(authority: string): Pick<Uri, 'host' | 'hostname' | 'port'> {
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(at, 0));
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new TypeError('expected user information');
  decode(user);
  const written = authority.slice(at + 1);
  const match = /^(\[[^\]]*\]|(?!\[)[^:]*)(?::([0-9]*))?$/.exec(written);
  if (!match) throw new TypeError('expected a host and a port');
  const [, host = '', port = ''] = match;
  // Only bytes beyond ASCII may be encoded in a host, and the `%` of a zone.
  if (/%(?!25|[89A-Fa-f][0-9A-Fa-f])/.test(host)) throw new TypeError('expected a host');
  if (/[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.test(host)) throw new TypeError('expected a host');
  return { host: decode(written), hostname: decode(host.replace(/^\[|\]$/g, '')), port };
}

/** @throws TypeError for what Go's `url.Parse` does not accept */
export function readUri(text: string): Uri {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new TypeError('expected no control characters');
  const [reference, fragment] = cut(text, '#');
  if (reference.startsWith(':')) throw new TypeError('expected a scheme before the colon');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(reference)?.[1] ?? '';
  const [rest, query] = cut(scheme === '' ? reference : reference.slice(scheme.length + 1), '?');
  const uri = {
    scheme: scheme.toLowerCase(),
    query,
    fragment: decode(fragment),
    host: '',
    hostname: '',
    port: '',
    path: '',
    rawPath: '',
  };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return uri;
    if (rest.split('/', 1)[0]?.includes(':')) throw new TypeError('expected no colon in the first segment');
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const authority = hasAuthority ? (rest.slice(2).split('/', 1)[0] ?? '') : '';
  const written = hasAuthority ? rest.slice(2 + authority.length) : rest;
  const path = decode(written);
  return { ...uri, ...readAuthority(authority), path, rawPath: encodePath(path) === written ? '' : written };
}

/** Go's `URL.EscapedPath`: as it was written where that is a valid encoding. */
export function escapedPath({ path, rawPath }: Pick<Uri, 'path' | 'rawPath'>): string {
  if (rawPath !== '' && /^[\w\-.~!$&'()*+,;=:@[\]%/]*$/.test(rawPath)) return rawPath;
  return path === '*' ? path : encodePath(path);
}

const parse: Builtin = ([text]) => {
  const { scheme, hostname, port, path, rawPath, query, fragment } = readUri(stringOperand(text));
  const parts = { scheme, hostname, port, path, raw_path: rawPath || path, raw_query: query, fragment };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== ''));
};

const isValid: Builtin = ([text]) => {
  if (typeof text !== 'string' || text === '') return false;
  try {
    readUri(text);
    return true;
  } catch {
    return false;
  }
};

/** `uri.*`. */
export const uri = { 'uri.parse': parse, 'uri.is_valid': isValid } satisfies Record<string, Builtin>;
