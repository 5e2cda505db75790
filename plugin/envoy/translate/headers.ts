import type { Header } from '../../request.ts';
import { wire } from '../wire/wire.js';

/** Envoy's `HeaderMap` in order, with duplicates and pseudo headers. */
export function readHeaderMap(map: wire.HeaderMap.$Properties | null | undefined): Header[] {
  return (map?.headers ?? []).map((header) => ({ name: header.key ?? '', value: bytesOf(header) }));
}

function bytesOf(header: wire.HeaderValue.$Properties): Buffer {
  const raw = header.rawValue;
  return raw != null && raw.length > 0 ? bufferOf(raw) : Buffer.from(header.value ?? '');
}

/** The same bytes as a Buffer, not copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Splits pseudo headers (without their colon; the last of a name counts) from the others. */
export function splitPseudo(headers: readonly Header[]): { pseudo: ReadonlyMap<string, string>; rest: Header[] } {
  const pseudo = new Map<string, string>();
  const rest: Header[] = [];
  for (const header of headers) {
    if (header.name.startsWith(':')) pseudo.set(header.name.slice(1), header.value.toString('utf8'));
    else rest.push(header);
  }
  return { pseudo, rest };
}

type Encode<V> = (key: string, value: V) => wire.HeaderValue.$Properties;

/** ext_authz reads `value`. */
export const textValue: Encode<string> = (key, value) => ({ key, value });

/** ext_proc reads `raw_value`: a `value` would arrive as an empty header. */
export const rawValue: Encode<Buffer | string> = (key, value) => ({
  key,
  rawValue: typeof value === 'string' ? Buffer.from(value) : value,
});

/**
 * Headers to set. The first of a name replaces what is there, further ones of that name are added to it, so that two
 * cookies stay two. `append` and `append_action` are never both set: Envoy refuses that.
 */
export function setOptions<V>(
  pairs: readonly (readonly [name: string, value: V])[],
  encode: Encode<V>,
): wire.HeaderValueOption.$Properties[] {
  const seen = new Set<string>();
  return pairs.map(([name, value]) => {
    const key = name.toLowerCase();
    const again = seen.has(key);
    seen.add(key);
    return again ? addOption(encode(name, value)) : overwriteOption(encode(name, value));
  });
}

/** A header that is added to what is there. */
export function addOption(header: wire.HeaderValue.$Properties): wire.HeaderValueOption.$Properties {
  return { header, append: { value: true } };
}

function overwriteOption(header: wire.HeaderValue.$Properties): wire.HeaderValueOption.$Properties {
  return { header, appendAction: wire.HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD };
}
