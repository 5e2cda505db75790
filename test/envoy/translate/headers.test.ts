import t from 'tap';
import { bufferOf, rawValue, readHeaderMap, setOptions, splitPseudo } from '../../../plugin/envoy/translate/headers.ts';

t.test('a header map keeps order, duplicates and bytes, whichever field the value is in', async (t) => {
  const headers = readHeaderMap({
    headers: [{ key: 'a', value: 'text' }, { key: 'b', rawValue: Buffer.from([255]) }, { key: 'a' }],
  });
  t.same(
    headers.map(({ name, value }) => [name, value.toString('latin1')]),
    [
      ['a', 'text'],
      ['b', '\xff'],
      ['a', ''],
    ],
  );
  t.same(readHeaderMap(null), []);
});

t.test('pseudo headers are apart', async (t) => {
  const { pseudo, rest } = splitPseudo(readHeaderMap({ headers: [{ key: ':status', value: '200' }, { key: 'a' }] }));
  t.same([...pseudo], [['status', '200']]);
  t.equal(rest.length, 1);
});

t.test('the first of a name overwrites, in any case; no option says both ways', async (t) => {
  const options = setOptions(
    [
      ['set-cookie', 'a'],
      ['Set-Cookie', Buffer.from('b')],
      ['x', 'c'],
    ],
    rawValue,
  );
  t.same(
    options.map(({ append, appendAction }) => [append?.value ?? false, appendAction ?? 0]),
    [
      [false, 2],
      [true, 0],
      [false, 2],
    ],
  );
});

t.test('the same bytes as a Buffer are not copied', async (t) => {
  const bytes = new Uint8Array([1, 2, 3]).subarray(1);
  const buffer = bufferOf(bytes);
  bytes[0] = 9;
  t.same([...buffer], [9, 3]);
  t.equal(bufferOf(buffer), buffer);
});
