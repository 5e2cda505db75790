import { malformed } from './malformed.ts';

/** One attribute: its name, its value as it is spelled, and the quote around it, if any. */
export interface Attribute {
  /** White space and anything else before the name. */
  readonly lead: string;
  readonly name: string;
  /** From the name's end to the value: the equals sign, white space, the quote. Empty when there is no value. */
  readonly assign: string;
  readonly value: string;
  readonly quote: '"' | "'" | '';
}

/** A tag that is read. */
export interface Tag {
  readonly kind: 'open' | 'close' | 'empty';
  readonly name: string;
  readonly attributes: readonly Attribute[];
  /** From the last attribute's end to the tag's. */
  readonly rest: string;
}

/** Where readers of XML and of HTML differ. */
export interface TagRules {
  readonly name: RegExp;
  readonly attribute: RegExp;
}

/** XML 1.0 section 3.1: values are quoted, and have no `<`. */
export const xmlTags: TagRules = {
  name: /^<(\/?)([^\s<>/="'&]+)/,
  attribute: /(\s+)([^\s<>/="'&]+)(\s*=\s*)(?:"([^"<]*)"|'([^'<]*)')/y,
};

/** HTML section 13.2.5: a value may be missing, and need no quotes. */
export const htmlTags: TagRules = {
  name: /^<(\/?)([A-Za-z][^\s/>]*)/,
  attribute: /([\s/]*)([^\s/>="'<][^\s/>="'<]*)(?:(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s>"'=<`]+)))?/y,
};

/** Reads a tag. @throws CountersignError `mask_impossible` when readers could differ about it */
export function parseTag(raw: string, { name: namePattern, attribute }: TagRules): Tag {
  const [head, slash, name] = namePattern.exec(raw) ?? [];
  if (head === undefined || name === undefined) throw malformed('something is no tag');
  const attributes: Attribute[] = [];
  let at = head.length;
  for (;;) {
    attribute.lastIndex = at;
    const found = attribute.exec(raw);
    if (found === null) break;
    const [whole, lead = '', attributeName = '', assign = '', double, single, bare] = found;
    const quote = double !== undefined ? '"' : single !== undefined ? "'" : '';
    attributes.push({ lead, name: attributeName, assign, value: double ?? single ?? bare ?? '', quote });
    at += whole.length;
  }
  const rest = raw.slice(at);
  if (!/^\s*\/?>$/.test(rest)) throw malformed('a tag in it can be read in several ways');
  if (new Set(attributes.map((one) => one.name)).size < attributes.length) throw malformed('an attribute comes twice');
  if (slash === '/' && attributes.length > 0) throw malformed('a closing tag has attributes');
  return { kind: slash === '/' ? 'close' : rest.includes('/') ? 'empty' : 'open', name, attributes, rest };
}

/** A tag as text again; with attributes as they are given. */
export function writeTag({ kind, name, rest }: Tag, attributes: readonly Attribute[]): string {
  const written = attributes.map((one) => `${one.lead}${one.name}${one.assign}${one.quote}${one.value}${one.quote}`);
  return `<${kind === 'close' ? '/' : ''}${name}${written.join('')}${rest}`;
}
