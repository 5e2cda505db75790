import t from 'tap';
import { visible, visibleLine } from '../../plugin/cli/visible.ts';

t.test('what could deceive whoever reads it is shown', async (t) => {
  const rows: [string, string, string][] = [
    ['a colour', '\u001b[31mred', '<U+001B>[31mred'],
    ['a title', '\u001b]0;x\u0007', '<U+001B>]0;x<U+0007>'],
    ['C1', '\u009b2J', '<U+009B>2J'],
    ['a backspace', 'a\bb', 'a<U+0008>b'],
    ['an overwritten line', 'DROP\rSELECT', 'DROP<U+000D>SELECT'],
    ['bidi', 'a\u202eb\u2066c', 'a<U+202E>b<U+2066>c'],
    ['zero width', 'a\u200bb\ufeffc', 'a<U+200B>b<U+FEFF>c'],
    ['a filler', 'a\u3164b', 'a<U+3164>b'],
    ['tags', '\u{e0041}', '<U+E0041>'],
    ['a line separator', 'a\u2028b', 'a<U+2028>b'],
    ['half a pair', '\ud800', '<U+D800>'],
    ['plain text', 'Zürich\r\n\t日本 😀', 'Zürich\r\n\t日本 😀'],
  ];
  for (const [name, text, shown] of rows) t.equal(visible(text), shown, name);
  t.equal(visibleLine('a\nb\tc\r\n'), 'a<U+000A>b<U+0009>c<U+000D><U+000A>');
});
