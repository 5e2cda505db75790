import t from 'tap';
import { bytesOf, counted, hiddenIn, lookalikes, plain, runs, sizeText } from '../../../plugin/console/page/text.ts';

t.test('what nobody would see is shown as its code point, and everything else as it is', async (t) => {
  for (const [text, shown] of [
    ['SELECT 1', 'SELECT 1'],
    ['a\u202eb', 'a[U+202E]b'],
    ['a\u200b\u200b\u200bb', 'a[U+200B\u00d73]b'],
    ['\u0000\u001b[31m', '[U+0000 U+001B][31m'],
    ['a\rb', 'a[U+000D]b'],
    ['a\n\tb', 'a\n\tb'],
    ['\u{e0041}x', '[U+E0041]x'],
    ['\ud800', '[U+D800]'],
    ['Gr\u00fcezi \u05d0\u05d1 \u4f60', 'Gr\u00fcezi \u05d0\u05d1 \u4f60'],
    ['\ufeff', '[U+FEFF]'],
    ['', ''],
  ] as const)
    t.equal(
      runs(text)
        .map((run) => (run.mark === null ? run.text : `[${run.text}]`))
        .join(''),
      shown,
    );
});

t.test('a mark says what it would have done', async (t) => {
  t.match(runs('\u202e'), [{ mark: 'changes the direction of reading' }]);
  t.match(runs('\u200b'), [{ mark: 'has no width' }]);
  t.match(runs('\u0007'), [{ mark: 'is a control character' }]);
  t.match(runs('\u115f'), [{ mark: 'is drawn as nothing' }]);
});

t.test('a text of nothing but tricks costs no more elements than a page can bear, and loses nothing', async (t) => {
  const found = runs('a\u202e'.repeat(100_000));
  t.ok(found.length < 5_000, String(found.length));
  const shown = found.map(({ text }) => text).join('');
  t.equal(shown.match(/U\+202E/g)?.length, 100_000);
  t.equal(shown.match(/a/g)?.length, 100_000);
});

t.test('on one line', async (t) => {
  t.equal(plain('a\u202eb'), 'a\u27e8U+202E\u27e9b');
  t.equal(hiddenIn('a\u202e\u200bb'), 2);
  t.equal(hiddenIn('plain'), 0);
});

t.test('letters that look like others are found', async (t) => {
  for (const [text, words] of [
    ['SELECT * FROM p\u0430yments', ['p\u0430yments']],
    ['\u0441\u043e\u0440\u0435', ['\u0441\u043e\u0440\u0435']],
    ['\uff21\uff24\uff2d\uff29\uff2e', ['\uff21\uff24\uff2d\uff29\uff2e']],
    ['\u03bfwner', ['\u03bfwner']],
    ['\u043f\u0440\u0438\u0432\u0435\u0442 payments', []],
    ['Z\u00fcrich na\u00efve', []],
    ['\u03b1\u03b2\u03b3\u03b4', []],
    ['plain', []],
  ] as const)
    t.same(
      lookalikes(text).map(({ word }) => word),
      words,
      text,
    );
});

t.test('sizes and counts', async (t) => {
  t.equal(bytesOf('\u00fc\u20ac'), 5);
  for (const [bytes, text] of [
    [1, '1 byte'],
    [999, '999 bytes'],
    [204_800, '204.8 KB'],
    [3_000_000, '3.0 MB'],
  ] as const)
    t.equal(sizeText(bytes), text);
  t.equal(counted(1, 'line'), '1 line');
  t.equal(counted(3_212, 'line'), '3,212 lines');
});
