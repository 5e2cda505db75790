import { decodeHTML, decodeHTMLAttribute, decodeXML } from 'entities/decode';
import { malformed } from './malformed.ts';

/** A text with its entities decoded (UTF-8), and where each byte came from. */
export interface Decoded {
  readonly text: Buffer;
  /** Index in the raw bytes of the entity or byte that each byte of `text` came from; one more for the end. */
  readonly origins: Uint32Array;
}

/** What an entity, as it is spelled, stands for; itself where it is none. */
export type Resolve = (entity: string) => string;

/** What may be an entity: `&`, a name or a number, a semicolon, or the equals sign that says in attributes that it is none. */
const entities = /&[#A-Za-z0-9_:.-]*[;=]?/g;

/** The five that XML has without a DTD, and numbers. Any other is one that a DTD would have to say: an error. */
export const xmlEntity: Resolve = (entity) => {
  const decoded = decodeXML(entity);
  if (decoded === entity || !entity.endsWith(';')) throw malformed('an entity in it is not known');
  return decoded;
};

/** Those of HTML in a text, where some need no semicolon. */
export const htmlEntity: Resolve = (entity) => decodeHTML(entity);

/** And in an attribute, where fewer do. */
export const htmlAttributeEntity: Resolve = (entity) => decodeHTMLAttribute(entity);

/** Decodes a stretch of markup. */
export function decodeEntities(raw: string, resolve: Resolve): Decoded {
  const text: Buffer[] = [];
  const origins: number[] = [];
  let at = 0;

  function put(bytes: Buffer, step: number): void {
    text.push(bytes);
    for (let i = 0; i < bytes.length; i++) origins.push(at + i * step);
  }

  let done = 0;
  for (const { 0: entity, index } of raw.matchAll(entities)) {
    const before = Buffer.from(raw.slice(done, index));
    put(before, 1);
    at += before.length;
    put(Buffer.from(resolve(entity)), 0);
    at += Buffer.byteLength(entity);
    done = index + entity.length;
  }
  const rest = Buffer.from(raw.slice(done));
  put(rest, 1);
  origins.push(at + rest.length);
  return { text: Buffer.concat(text), origins: Uint32Array.from(origins) };
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as it may stand between tags, and within quotes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (one) => escapes[one] ?? one);
}
