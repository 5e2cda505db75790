import fc from 'fast-check';
import t from 'tap';
import { everywhere, through } from './through.ts';

const plan = [
  { key: 'ssn', with: 'partial', keep_last: 4 },
  { key: 'pw', with: 'drop' },
  { key: 'note', with: 'null' },
  { key: 'name', with: 'redact' },
  { detect: ['email'], with: 'redact' },
];
const xml = (body: string, cuts: readonly number[] = [], type = 'application/xml') => through(plan, type, body, cuts);

for (const [name, body, expected] of [
  [
    'nothing to mask',
    '<?xml version="1.0"?>\n<a b = "1">x &amp; y<c/></a>\n',
    '<?xml version="1.0"?>\n<a b = "1">x &amp; y<c/></a>\n',
  ],
  ['an element', '<a><ssn>078-05-1120</ssn></a>', '<a><ssn>***-**-1120</ssn></a>'],
  [
    'a prefix',
    '<p:a xmlns:p="u"><p:ssn >078-05-1120</p:ssn></p:a>',
    '<p:a xmlns:p="u"><p:ssn >***-**-1120</p:ssn></p:a>',
  ],
  ['in CDATA and entities', '<a><ssn>0<![CDATA[78-05]]>-&#49;&#x31;20</ssn></a>', '<a><ssn>***-**-1120</ssn></a>'],
  ['with a comment in between', '<a><ssn>078-<!-- x -->05-1120</ssn></a>', '<a><ssn>***-**-1120</ssn></a>'],
  ['elements within', '<a><ssn>1<b ssn="2"/></ssn></a>', '<a><ssn>[masked:ssn]</ssn></a>'],
  ['one within itself', '<a><name>1<name>2</name>3</name>4</a>', '<a><name>[masked:name]</name>4</a>'],
  ['dropped', '<a>1<pw x="ada@example.com">2<b/></pw>3<pw/></a>', '<a>13</a>'],
  ['emptied', '<a><note><b/></note></a>', '<a><note></note></a>'],
  [
    'attributes of a masked element, with its namespace left',
    '<a><p:ssn xmlns:p="u" v="078-05-1120"/><ssn v="078-05-1120">1</ssn></a>',
    '<a><p:ssn xmlns:p="u" v="***-**-1120"/><ssn v="***-**-1120">*</ssn></a>',
  ],
  ['empty', '<a><ssn/></a>', '<a><ssn/></a>'],
  ['attributes', `<a ssn="078-05-1120" pw='x' b='1'/>`, `<a ssn="***-**-1120" b='1'/>`],
  ['an attribute in entities', '<a ssn="07&#56;-05-1120"/>', '<a ssn="***-**-1120"/>'],
  [
    'what is found',
    '<a b="to ada@example.com">ada&#64;example.com &amp; &#233;</a>',
    '<a b="to [masked:email]">[masked:email] &amp; &#233;</a>',
  ],
  [
    'found in CDATA, comments and instructions',
    '<a><![CDATA[<ada@example.com>]]><!--ada@example.com--><?p ada@example.com?></a>',
    '<a><![CDATA[<[masked:email]>]]><!--[masked:email]--><?p [masked:email]?></a>',
  ],
  ['JSON in a text', '<a>{"ssn":"078-05-1120"}</a>', '<a>{&quot;ssn&quot;:&quot;***-**-1120&quot;}</a>'],
  ['a document type', '<!DOCTYPE a SYSTEM "a.dtd"><a/>', '<!DOCTYPE a SYSTEM "a.dtd"><a/>'],
  ['a quoted bracket', '<a b=">" c=\'"\'>ada@example.com</a>', '<a b=">" c=\'"\'>[masked:email]</a>'],
] as const)
  t.test(name, async (t) => {
    t.equal(xml(body), expected);
    t.equal(xml(body, everywhere(body)), expected);
  });

for (const [name, body, type] of [
  ['nothing', ''],
  ['text alone', 'x'],
  ['two roots', '<a/><b/>'],
  ['tags that do not match', '<a><b></a></b>'],
  ['no end', '<a><ssn>078'],
  ['a tag that is cut', '<a><ssn'],
  ['an internal subset', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
  ['an entity of a DTD', '<a>&e;</a>'],
  ['an entity without its semicolon', '<a>&amp b</a>'],
  ['an attribute twice', '<a ssn="1" ssn="2"/>'],
  ['an attribute without quotes', '<a ssn=1/>'],
  ['another charset', '<?xml version="1.0" encoding="utf-16"?><a/>'],
  ['another declaration', '<?xml version="1.0" encoding="utf-8" x?><a/>'],
  ['the root dropped', '<pw/>'],
  ['a long text', `<a>${'x'.repeat(140_000)}</a>`],
  [
    'a long masked element',
    `<a><ssn>${'<![CDATA[x]]>'.repeat(1)}${`<!---->${'y'.repeat(100_000)}`.repeat(2)}</ssn></a>`,
  ],
  ['too deep', '<a>'.repeat(600) + '</a>'.repeat(600)],
  ['a charset', '<a/>', 'application/xml; charset=utf-16'],
] as const)
  t.test(`refused: ${name}`, async (t) => {
    t.throws(() => xml(body, [], type), { code: 'mask_impossible' });
    if (body.length < 2_000) t.throws(() => xml(body, everywhere(body), type), { code: 'mask_impossible' });
  });

t.test('Latin-1', async (t) => {
  const body = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a b="é">ada@example.com ü</a>', 'latin1');
  t.equal(
    through(plan, 'text/xml; charset=iso-8859-1', body, [], undefined, 'latin1'),
    '<?xml version="1.0" encoding="ISO-8859-1"?><a b="é">[masked:email] ü</a>',
  );
});

/** The oracle: a tree, written with its masked elements replaced. */
t.test('any tree in any pieces is what masking its elements makes', async () => {
  interface Node {
    readonly name: string;
    readonly children: readonly (Node | string)[];
  }
  const text = fc.constantFrom('x', 'é', '&amp;', '1 2', '<![CDATA[&]]>');
  const { node } = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.record({
      name: fc.constantFrom('a', 'name', 'pw', 'note', 'p:name'),
      children: fc.array(fc.oneof({ maxDepth: 3 }, text, tie('node')), { maxLength: 3 }),
    }),
  }));
  const write = (one: Node | string, mask: boolean): string => {
    if (typeof one === 'string') return one;
    const local = one.name.replace('p:', '');
    if (mask && local === 'pw') return '';
    const inner = one.children.map((child) => write(child, mask)).join('');
    const content = mask && local === 'name' ? '[masked:name]' : mask && local === 'note' ? '' : inner;
    return `<${one.name}>${content}</${one.name}>`;
  };
  fc.assert(
    fc.property(fc.array(node, { maxLength: 3 }), fc.array(fc.nat(), { maxLength: 6 }), (children, cuts) => {
      const root = { name: 'root', children };
      return xml(write(root, false), cuts) === write(root, true);
    }),
    { numRuns: 500 },
  );
});
