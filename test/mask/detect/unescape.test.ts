import fc from 'fast-check';
import t from 'tap';
import { unescapeJson } from '../../../plugin/mask/detect/unescape.ts';

t.test('escapes are decoded, and each byte knows where it came from', async (t) => {
  const { text, origins } = unescapeJson(Buffer.from('a\\u0040\\n\\ud83d\\ude00é"'));
  t.equal(Buffer.from(text).toString(), 'a@\n😀é"');
  t.same([...origins], [0, 1, 7, 9, 9, 9, 9, 21, 22, 23, 24]);
});

t.test('a lone surrogate is no text', async (t) => {
  for (const raw of ['\\ud800', '\\udc00', '\\ud800\\u0041', '\\ud800x', '\\ud800\\n'])
    t.equal(unescapeJson(Buffer.from(raw)).text[0], 0xff, raw);
  t.equal(unescapeJson(Buffer.from('\\ud800\\u0041')).text[1], 0x41);
});

t.test('what JSON.parse makes of it', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (value, all) => {
      const raw = all
        ? Array.from(
            { length: value.length },
            (_, i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, '0')}`,
          ).join('')
        : JSON.stringify(value).slice(1, -1);
      return Buffer.from(unescapeJson(Buffer.from(raw)).text).toString() === value;
    }),
    { numRuns: 1_000 },
  );
});
