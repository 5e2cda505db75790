import t from 'tap';
import { type Dialect, parseRecord, writeField } from '../../../plugin/mask/delimited/record.ts';

const csv: Dialect = { delimiter: ',', quotes: true };

t.test('the fields of a record', async (t) => {
  const values = (record: string) => parseRecord(record, csv).map(({ value }) => value);
  t.same(values('a,b'), ['a', 'b']);
  t.same(values('a,,'), ['a', '', '']);
  t.same(values(''), ['']);
  t.same(values('"a,""b""\n",c'), ['a,"b"\n', 'c']);
  t.same(values('"",""'), ['', '']);
  for (const record of ['"', '"a', 'a"', '"a"b', '"a"""b,c', ' "a"'])
    t.throws(() => parseRecord(record, csv), { code: 'mask_impossible' }, record);
});

t.test('a field is quoted where the old one was, or where it has to be', async (t) => {
  const plain = { raw: 'a', value: 'a', quoted: false };
  t.equal(writeField('b', plain, csv), 'b');
  t.equal(writeField('b', { ...plain, quoted: true }, csv), '"b"');
  for (const value of ['a,b', 'a"b', 'a\nb', ' a', 'a '])
    t.equal(writeField(value, plain, csv), `"${value.replaceAll('"', '""')}"`);
});
