import { maskContent } from './markup/content.ts';
import { htmlAttributeEntity, htmlEntity } from './markup/entities.ts';
import { malformed } from './markup/malformed.ts';
import { type Attribute, htmlTags, parseTag, type Tag, writeTag } from './markup/tag.ts';
import { type Delimiters, openTokens, type Token } from './markup/tokens.ts';
import { maskText } from './nested.ts';
import type { OpenRewriter } from './rewriter.ts';

const delimiters: Delimiters = [
  ['comment', '<!--', '-->'],
  ['doctype', '<!doctype', '>'],
  ['tag', '<', null],
];

/** Elements whose content is text whatever stands in it (HTML section 13.2.5, "raw text" and "RCDATA" states). */
const rawElements: ReadonlySet<string> = new Set(['script', 'style', 'xmp', 'iframe', 'noembed', 'noframes']);
const entityElements: ReadonlySet<string> = new Set(['title', 'textarea']);
/** After this one nothing is markup any more; nobody writes it. */
const endless = 'plaintext';

const readable = /^(?:utf-?8|us-ascii|iso-8859-1|latin1|windows-1252)$/i;

/**
 * Rewrites HTML: texts, attributes, comments, scripts and styles are looked into, with entities decoded where they count.
 * Nothing is selected by name: what a page calls a value is not what the data does (threat 2). Held back is one tag, text
 * or script, 128 KiB at most.
 */
export const openHtmlRewriter: OpenRewriter = (work) => {
  /** The element whose raw content comes now. */
  let within: string | null = null;

  function attribute(one: Attribute): Attribute {
    const value = maskContent(one.value, htmlAttributeEntity, work);
    if (value === one.value) return one;
    return { ...one, value, ...(one.quote === '' ? { assign: `${one.assign}"`, value: `${value}"` } : {}) };
  }

  function checkCharset({ name, attributes }: Tag): void {
    if (name.toLowerCase() !== 'meta') return;
    const said = attributes.map((one) =>
      one.name.toLowerCase() === 'charset'
        ? one.value
        : (/charset\s*=\s*["']?([^\s"';]+)/i.exec(one.value)?.[1] ?? 'utf-8'),
    );
    if (!said.every((charset) => readable.test(charset.trim())))
      throw malformed('it names a charset that it is not read in');
  }

  function tag(raw: string): string {
    const read = parseTag(raw, htmlTags);
    const name = read.name.toLowerCase();
    checkCharset(read);
    if (name === endless) throw malformed('it has a plaintext element');
    if (read.kind !== 'close' && (rawElements.has(name) || entityElements.has(name))) within = name;
    return writeTag(read, read.attributes.map(attribute));
  }

  function text(raw: string): string {
    const element = within;
    within = null;
    if (element === null || entityElements.has(element)) return maskContent(raw, htmlEntity, work);
    return maskText(raw, work) ?? raw;
  }

  function comment(raw: string): string {
    if (/^<!---?>/.test(raw) || raw.includes('--!>')) throw malformed('a comment in it can be read in several ways');
    const inner = raw.slice(4, -3);
    return `<!--${maskText(inner, work)?.replaceAll('--', '- -') ?? inner}-->`;
  }

  const tokens: Readonly<Partial<Record<Token['kind'], (raw: string) => string>>> = {
    text,
    comment,
    tag,
    doctype: (raw) => raw,
  };

  return openTokens(delimiters, {
    token: ({ kind, raw }) => tokens[kind]?.(raw) ?? raw,
    rawUntil: () => (within === null ? null : `</${within}`),
    end: () => '',
  });
};
