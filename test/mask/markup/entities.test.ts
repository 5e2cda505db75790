import t from 'tap';
import {
  decodeEntities,
  escapeMarkup,
  htmlAttributeEntity,
  htmlEntity,
  xmlEntity,
} from '../../../plugin/mask/markup/entities.ts';

t.test('entities are decoded, and each byte knows where it came from', async (t) => {
  const { text, origins } = decodeEntities('é&#64;&amp;x', xmlEntity);
  t.equal(text.toString(), 'é@&x');
  t.same([...origins], [0, 1, 2, 7, 12, 13]);
});

t.test('XML knows five names; HTML knows many, some without their semicolon', async (t) => {
  t.equal(decodeEntities('&lt;&gt;&quot;&apos;&#x41;', xmlEntity).text.toString(), '<>"\'A');
  for (const raw of ['&nbsp;', '&', '&amp', '&#x;'])
    t.throws(() => decodeEntities(raw, xmlEntity), { code: 'mask_impossible' });
  t.equal(decodeEntities('&commat;&copy&copy=1&x;', htmlEntity).text.toString(), '@©©=1&x;');
  t.equal(decodeEntities('?a=1&copy=1', htmlAttributeEntity).text.toString(), '?a=1&copy=1');
});

t.test('what is escaped reads as it was', async (t) => {
  const text = `<a b="c">'&amp;`;
  t.equal(decodeEntities(escapeMarkup(text), xmlEntity).text.toString(), text);
});
