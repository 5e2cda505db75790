import { maskField } from './field.ts';
import { maskContent } from './markup/content.ts';
import { decodeEntities, escapeMarkup, xmlEntity } from './markup/entities.ts';
import { malformed } from './markup/malformed.ts';
import { type Attribute, parseTag, type Tag, writeTag, xmlTags } from './markup/tag.ts';
import { type Delimiters, openTokens, type Token } from './markup/tokens.ts';
import { maskText } from './nested.ts';
import { holdLimit, type OpenRewriter, type Work } from './rewriter.ts';

const delimiters: Delimiters = [
  ['comment', '<!--', '-->'],
  ['cdata', '<![cdata[', ']]>'],
  ['doctype', '<!doctype', '>'],
  ['instruction', '<?', '?>'],
  ['tag', '<', null],
];

/** Elements within elements. */
const depthLimit = 512;

/** An element whose content is masked: nothing of it leaves until its end. */
interface Selected {
  readonly mask: number;
  readonly depth: number;
  /** Its text so far; null once it is known to have more than text. */
  text: string | null;
}

/** The charset that an XML declaration may name: what masks read the document in. */
const declared =
  /^<\?xml\s+version\s*=\s*["'][^"']*["'](?:\s+encoding\s*=\s*["']([^"']*)["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>$/;
const readable = /^(?:utf-?8|us-ascii|iso-8859-1)$/i;

/**
 * Rewrites XML. `key` selects elements and attributes by name, with and without prefix; texts, attributes, CDATA and
 * comments are looked into with entities decoded. What a DTD could change is an error: an internal subset, and any
 * entity beyond XML's own five. Held back is one tag or text, and the text of a masked element, 128 KiB at most.
 */
export const openXmlRewriter: OpenRewriter = (work) => {
  const { plan } = work;
  const open: string[] = [];
  let selected: Selected | null = null;
  let roots = 0;
  let first = true;

  function maskOf(name: string): number | undefined {
    const found = [name, name.slice(name.indexOf(':') + 1)]
      .map((one) => plan.keys.get(one))
      .filter((one) => one !== undefined);
    return found.length === 0 ? undefined : Math.min(...found);
  }

  /** What a masked element's attributes say is of it too, but for namespaces, which its name stands on. */
  function attributes(tag: Tag, element: number | undefined): Attribute[] {
    return tag.attributes.flatMap((one) => {
      const mask = maskOf(one.name) ?? (/^xmlns(?::|$)/.test(one.name) ? undefined : element);
      if (mask === undefined) return [{ ...one, value: maskContent(one.value, xmlEntity, work) }];
      const masked = maskField(decodeEntities(one.value, xmlEntity).text.toString('utf8'), mask, work);
      return masked === null ? [] : [{ ...one, value: escapeMarkup(masked ?? '') }];
    });
  }

  function enter(tag: Tag): string {
    if (open.length === 0 && ++roots > 1) throw malformed('it has two roots');
    if (open.length >= depthLimit) throw malformed(`more than ${depthLimit} elements within each other`);
    const mask = selected === null ? maskOf(tag.name) : undefined;
    const drops = mask !== undefined && plan.drops[mask] === true;
    if (drops && open.length === 0) throw malformed('its root is to be dropped, and nothing would be left');
    if (selected !== null) selected.text = null;
    const leaves = selected === null && !drops ? writeTag(tag, attributes(tag, mask)) : '';
    if (tag.kind === 'empty') {
      if (drops) work.hit(mask);
      return leaves;
    }
    open.push(tag.name);
    if (mask !== undefined) selected = { mask, depth: open.length, text: '' };
    return leaves;
  }

  function leave(tag: Tag): string {
    if (open.pop() !== tag.name) throw malformed('its tags do not match');
    if (selected === null) return writeTag(tag, []);
    if (open.length >= selected.depth) return '';
    const { mask, text } = selected;
    selected = null;
    work.hit(mask);
    const operation = work.operations[mask];
    const masked = text === null ? wholeOf(work, mask) : operation?.text(text);
    return masked === null || masked === undefined ? '' : escapeMarkup(masked) + writeTag(tag, []);
  }

  function text(raw: string, decoded: () => string): string {
    if (open.length === 0 && raw.trim() !== '') throw malformed('a text stands outside of its root');
    if (selected === null) return raw;
    if (selected.text !== null) selected.text += decoded();
    if ((selected.text?.length ?? 0) > holdLimit) throw malformed(`more than ${holdLimit} bytes in a masked element`);
    return '';
  }

  const tokens: Readonly<Record<Token['kind'], (raw: string) => string>> = {
    text(raw) {
      if (raw.includes(']]>')) throw malformed('a text has the end of a CDATA section');
      const decode = () => decodeEntities(raw, xmlEntity).text.toString('utf8');
      return text(selected === null ? maskContent(raw, xmlEntity, work) : raw, decode);
    },
    cdata(raw) {
      const inner = raw.slice(9, -3);
      const masked = selected === null ? maskText(inner, work) : null;
      if (masked?.includes(']]>')) throw malformed('a token can not stand in a CDATA section');
      return text(masked === null ? raw : `${raw.slice(0, 9)}${masked}]]>`, () => inner);
    },
    comment: (raw) =>
      selected === null
        ? `<!--${maskText(raw.slice(4, -3), work)?.replaceAll('--', '- -') ?? raw.slice(4, -3)}-->`
        : '',
    instruction(raw) {
      if (/^<\?xml\s/i.test(raw)) {
        const encoding = declared.exec(raw);
        if (!first || encoding === null || !readable.test(encoding[1] ?? 'utf-8'))
          throw malformed('its declaration names a charset that it is not read in');
        return raw;
      }
      const inner = raw.slice(2, -2);
      return selected === null ? `<?${maskText(inner, work)?.replaceAll('?>', '? >') ?? inner}?>` : '';
    },
    doctype(raw) {
      if (raw.includes('[') || roots > 0) throw malformed('its document type may change what it says');
      return raw;
    },
    tag(raw) {
      const tag = parseTag(raw, xmlTags);
      return tag.kind === 'close' ? leave(tag) : enter(tag);
    },
  };

  return openTokens(delimiters, {
    token({ kind, raw }) {
      const out = tokens[kind](raw);
      first = false;
      return out;
    },
    rawUntil: () => null,
    end() {
      if (open.length > 0 || roots !== 1) throw malformed('it ends too early');
      return '';
    },
  });
};

/** What becomes of an element that has more than text; null when it goes. */
function wholeOf({ plan }: Work, mask: number): string | null {
  const { operator, token } = plan.masks[mask] ?? { operator: 'redact', token: '' };
  if (operator === 'drop') return null;
  return operator === 'null' ? '' : token;
}
