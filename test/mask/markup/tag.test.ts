import t from 'tap';
import { htmlTags, parseTag, writeTag, xmlTags } from '../../../plugin/mask/markup/tag.ts';

t.test('a tag reads, and writes as it was spelled', async (t) => {
  for (const [raw, rules] of [
    ['<a>', xmlTags],
    ['</a >', xmlTags],
    [`<p:a  b = "1"\n c='"'/>`, xmlTags],
    [`<A B=1 c d='x' e="y"z >`, htmlTags],
    ['<br/>', htmlTags],
    ['<a/b=1>', htmlTags],
  ] as const) {
    const tag = parseTag(raw, rules);
    t.equal(writeTag(tag, tag.attributes), raw);
  }
  t.match(parseTag('<a b="1"/>', xmlTags), { kind: 'empty', name: 'a', attributes: [{ name: 'b', value: '1' }] });
});

t.test('a tag that readers could differ about is an error', async (t) => {
  for (const raw of ['<a b="1"c="2">', '<a b>', '<a b=1>', '< a>', '</a b="1">', '<a b="<">'])
    t.throws(() => parseTag(raw, xmlTags), { code: 'mask_impossible' }, raw);
  for (const raw of ['<1>', '<a b="1>', '<a "b">', '<a b=c"d>'])
    t.throws(() => parseTag(raw, htmlTags), { code: 'mask_impossible' }, raw);
});
