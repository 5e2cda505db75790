import t from 'tap';
import {
  malformed,
  type Scanner,
  scanLiteral,
  scanNumber,
  scanString,
  wholeLiteral,
  wholeNumber,
  wholePlain,
  wholeString,
} from '../../../plugin/mask/json/token.ts';

/** Index after the token, fed whole and byte by byte; -1 when it goes on. */
function scan(scanner: Scanner, text: string, word = ''): number {
  const bytes = Buffer.from(text);
  const cursor = () => ({ sub: 0, escaped: false, word: Buffer.from(word) });
  const whole = scanner(bytes, 0, bytes.length, cursor());
  const one = cursor();
  let end = -1;
  for (let i = 0; i < bytes.length && end < 0; i++) end = scanner(bytes, i, i + 1, one);
  if (end !== whole) throw new Error(`whole ${whole}, byte by byte ${end}`);
  return whole;
}

const numbers: readonly [text: string, end: number | null][] = [
  ['0,', 1],
  ['-0]', 2],
  ['10.50E+3 ', 8],
  ['1e9}', 3],
  ['01', 1],
  ['12', -1],
  ['-', -1],
  ['1.', -1],
  ['-a', null],
  ['1.,', null],
  ['1e,', null],
  ['1e+,', null],
];
for (const [text, end] of numbers)
  t.test(`number ${text}`, async (t) => {
    const bytes = Buffer.from(text);
    t.equal(wholeNumber(bytes, 0, bytes.length), end ?? -1);
    if (end === null) t.throws(() => scan(scanNumber, text), { code: 'mask_impossible' });
    else t.equal(scan(scanNumber, text), end);
  });

const strings: readonly [text: string, end: number | null][] = [
  ['"', 1],
  ['abc"x', 4],
  ['a\\"b"', 5],
  ['\\\\"', 3],
  ['\\u00e9"', 7],
  ['\\ud83d\\ude00"', 13],
  ['abc', -1],
  ['abc\\', -1],
  ['\\u00', -1],
  ['\\x"', null],
  ['\\u00g0"', null],
  ['\n"', null],
];
for (const [text, end] of strings)
  t.test(`string ${JSON.stringify(text)}`, async (t) => {
    const bytes = Buffer.from(text);
    t.equal(wholeString(bytes, 0, bytes.length), end ?? -1);
    if (end === null) t.throws(() => scan(scanString, text), { code: 'mask_impossible' });
    else t.equal(scan(scanString, text), end);
  });

t.test('literals', async (t) => {
  t.equal(scan(scanLiteral, 'true,', 'true'), 4);
  t.equal(scan(scanLiteral, 'fal', 'false'), -1);
  t.throws(() => scan(scanLiteral, 'nul]', 'null'), { code: 'mask_impossible' });
  t.equal(wholeLiteral(Buffer.from('null'), 0, 4), 4);
  t.equal(wholeLiteral(Buffer.from('nul'), 0, 3), -1);
  t.equal(wholeLiteral(Buffer.from('nulL'), 0, 4), -1);
  t.equal(wholeLiteral(Buffer.from('None'), 0, 4), -1);
});

t.test('plain bytes end with a quote, a backslash, a control or the end', async (t) => {
  for (const end of ['"', '\\', '\u001f', '']) t.equal(wholePlain(Buffer.from(`aé${end}`), 0, 3 + end.length), 3);
});

t.test('the error has the code of what fails closed', async (t) =>
  t.match(malformed('x'), { code: 'mask_impossible' }),
);
