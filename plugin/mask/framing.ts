import { openCharset } from './charset.ts';
import { openCsvRewriter, openTsvRewriter } from './delimited.ts';
import { openEventsRewriter } from './events.ts';
import { openFormRewriter } from './form.ts';
import { openHtmlRewriter } from './html.ts';
import { openJsonRewriter, openLinesRewriter } from './json.ts';
import { impossible } from './media.ts';
import type { SelectorName } from './plan.ts';
import type { OpenRewriter, Rewriter, Work } from './rewriter.ts';
import { openTextRewriter } from './text.ts';
import { openXmlRewriter } from './xml.ts';

/** How a body is laid out, and how masks are applied to it. */
export interface Framing {
  readonly name: string;
  /** Media types, in lower case (RFC 9110 section 8.3.1). */
  readonly types: RegExp;
  /** What masks may select by; a plan with anything else is withheld: the caller chose the shape (threat 2). */
  readonly selectors: readonly SelectorName[];
  /** Charsets that its text may be in, where UTF-8 is always one. */
  readonly latin1: boolean;
  readonly open: OpenRewriter;
}

const inAny: readonly SelectorName[] = ['detect', 'pattern', 'header'];
const inNamed: readonly SelectorName[] = [...inAny, 'key'];
const inJson: readonly SelectorName[] = [...inNamed, 'path', 'column'];

const inTables: readonly SelectorName[] = [...inNamed, 'column'];

const subtype = "[!#$%&'*+.^_`|~0-9a-z-]+";

/** Every framing that masks reach into. What is in no row fails closed, unless the plan says to scan it. */
export const framings: readonly Framing[] = [
  {
    name: 'JSON',
    types: new RegExp(`^application/(?:json|${subtype}\\+json)$|^text/json$`),
    selectors: inJson,
    latin1: false,
    open: openJsonRewriter,
  },
  {
    name: 'NDJSON',
    types: /^application\/(?:(?:x-)?ndjson|jsonl|(?:x-)?jsonlines)$/,
    selectors: inJson,
    latin1: false,
    open: openLinesRewriter,
  },
  { name: 'event stream', types: /^text\/event-stream$/, selectors: inJson, latin1: false, open: openEventsRewriter },
  {
    name: 'CSV',
    types: /^(?:text|application)\/(?:x-)?csv$|^text\/(?:x-)?comma-separated-values$/,
    selectors: inTables,
    latin1: true,
    open: openCsvRewriter,
  },
  {
    name: 'TSV',
    types: /^text\/(?:tab-separated-values|(?:x-)?tsv)$/,
    selectors: inTables,
    latin1: true,
    open: openTsvRewriter,
  },
  {
    name: 'form',
    types: /^application\/x-www-form-urlencoded$/,
    selectors: inNamed,
    latin1: false,
    open: openFormRewriter,
  },
  {
    name: 'XML',
    types: new RegExp(`^(?:application|text)/xml$|^application/${subtype}\\+xml$|^image/svg\\+xml$`),
    selectors: inNamed,
    latin1: true,
    open: openXmlRewriter,
  },
  { name: 'HTML', types: /^text\/html$/, selectors: inAny, latin1: true, open: openHtmlRewriter },
  { name: 'text', types: /^text\/(?:plain|markdown)$/, selectors: inAny, latin1: true, open: openTextRewriter },
];

/** What a body of no known framing is when the plan says to scan it. */
const scanned: Framing = { name: 'scan', types: /$^/, selectors: inJson, latin1: true, open: openTextRewriter };

/**
 * The framing of a body of that media type.
 * @throws CountersignError `mask_impossible` when masks can't be applied to it
 */
export function framingOf({ media, plan }: Pick<Work, 'plan'> & { readonly media: Work['media'] | null }): Framing {
  const found = media === null ? undefined : framings.find(({ types }) => types.test(media.type));
  const framing = found ?? (plan.scan ? scanned : undefined);
  if (framing === undefined)
    throw impossible(
      media === null
        ? 'expected one content-type, got none: masks need to know what the body is'
        : `masks do not apply to this content-type; they do to ${framings.map(({ name }) => name).join(', ')}`,
    );
  const [foreign] = [...plan.selectors].filter((selector) => !framing.selectors.includes(selector));
  if (foreign !== undefined) throw impossible(`a mask by "${foreign}" does not apply to ${framing.name}`);
  return framing;
}

/** Opens the rewriter of a body, whatever it is in. @throws CountersignError `mask_impossible` */
export function openBody(work: Omit<Work, 'media'> & { readonly media: Work['media'] | null }): Rewriter {
  const framing = framingOf(work);
  const media = work.media ?? { type: '', parameters: new Map() };
  return openCharset(framing, { ...work, media });
}
