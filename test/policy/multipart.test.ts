import t from 'tap';
import { parseMultipart } from '../../plugin/policy/multipart.ts';

const type = 'multipart/form-data; boundary="b+1"';
const form = (...parts: string[]) => Buffer.from(`${parts.map((part) => `--b+1\r\n${part}\r\n`).join('')}--b+1--\r\n`);
const field = (name: string, value: string) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;

t.test('every value of every named part, JSON parts parsed', async (t) => {
  const json = 'Content-Disposition: form-data; name=j\r\nContent-Type: application/json\r\n\r\n{"n":1}';
  const body = form(field('a', 'x'), field('a', 'é\r\ny'), json, 'Content-Disposition: attachment; name="q"\r\n\r\nz');
  t.strictSame(parseMultipart(body, type), { a: ['x', 'é\r\ny'], j: [{ n: 1 }] });
});

t.test('a boundary is not an expression, a quoted name is unquoted', async (t) => {
  t.strictSame(parseMultipart(form(field('a\\"b', '')), type), { 'a"b': [''] });
  t.strictSame(parseMultipart(form(field('a', '--bb1--')), type), { a: ['--bb1--'] });
});

t.test('without a boundary nothing is read', async (t) =>
  t.equal(parseMultipart(Buffer.from('x'), 'multipart/form-data'), null),
);

const malformed: readonly (readonly [name: string, body: Buffer])[] = [
  ['no closing delimiter', Buffer.from(`--b+1\r\n${field('a', 'x')}`)],
  ['no blank line', form('Content-Disposition: form-data; name="a"')],
  ['a header line without a name', form(`: x\r\n${field('a', 'x')}`)],
  ['a repeated header', form(`Content-Disposition: form-data; name="b"\r\n${field('a', 'x')}`)],
  ['a transfer encoding', form(`Content-Transfer-Encoding: base64\r\n${field('a', 'eA==')}`)],
  [
    'a JSON part that is none',
    form('Content-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n{'),
  ],
];
for (const [name, body] of malformed)
  t.test(`${name} is refused`, async (t) => t.throws(() => parseMultipart(body, type), { code: 'policy_error' }));
