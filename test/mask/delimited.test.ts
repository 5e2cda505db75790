import fc from 'fast-check';
import t from 'tap';
import { everywhere, through } from './through.ts';

const plan = [
  { column: 'ssn', with: 'partial', keep_last: 4 },
  { key: 'salary', with: 'drop' },
  { column: 'note', with: 'null' },
  { column: 'seats', with: 'zero' },
  { detect: ['email'], with: 'redact' },
];
const csv = (body: string, cuts: readonly number[] = [], masks: unknown = plan, type = 'text/csv') =>
  through(masks, type, body, cuts);

const rewrites: readonly (readonly [name: string, body: string, expected: string])[] = [
  ['nothing at all', '', ''],
  ['a table', 'id,ssn\r\n1,078-05-1120\r\n2,x\r\n', 'id,ssn\r\n1,***-**-1120\r\n2,*\r\n'],
  ['no line end', 'id,ssn\n1,078-05-1120', 'id,ssn\n1,***-**-1120'],
  ['carriage returns', 'id,ssn\r1,078-05-1120\r', 'id,ssn\r1,***-**-1120\r'],
  ['quotes stay', '"id","ssn"\n"1","078-05-1120"\n', '"id","ssn"\n"1","***-**-1120"\n'],
  ['a column goes', 'salary,id,b\n1,2,"3,4"\n9,8,7\n', 'id,b\n2,"3,4"\n8,7\n'],
  ['the last column goes', 'id,salary\n1,"2\n3"\n', 'id\n1\n'],
  ['line ends in quotes', 'id,note\n1,"a\r\nb ""x"", c"\n2,\n', 'id,note\n1,""\n2,\n'],
  ['numbers', 'seats\n12\n"1,200.50"\nmany\n', 'seats\n0\n"0"\n[masked:seats]\n'],
  ['what is found, re-quoted where needed', 'a,b\nx,to ada@example.com\n', 'a,b\nx,to [masked:email]\n'],
  ['a name that is found', 'ada@example.com,b\n1,2\n', '[masked:email],b\n1,2\n'],
  ['two columns of a name', 'ssn,ssn\n078-05-1120,078-05-1120\n', 'ssn,ssn\n***-**-1120,***-**-1120\n'],
  ['white space around a name', 'id, ssn \n1,078-05-1120\n', 'id, ssn \n1,***-**-1120\n'],
  ['a name in quotes', 'id,"s""n",ssn\n1,2,078-05-1120\n', 'id,"s""n",ssn\n1,2,***-**-1120\n'],
  ['a byte order mark', '\ufeffssn,id\n078-05-1120,1\n', '\ufeffssn,id\n***-**-1120,1\n'],
  ['short records and blank lines', 'id,ssn\n1\n\n2,078-05-1120\n', 'id,ssn\n1\n\n2,***-**-1120\n'],
];
for (const [name, body, expected] of rewrites)
  t.test(name, async (t) => {
    t.equal(csv(body), expected);
    t.equal(csv(body, everywhere(body)), expected);
  });

t.test('a field is quoted where its text needs it', async (t) => {
  const masks = [{ column: 'a', with: 'redact', token: 'gone, "all"' }];
  t.equal(csv('a,b\n1,2\n', [], masks), 'a,b\n"gone, ""all""",2\n');
  t.equal(csv('a\tb\n1\t2\n', [], masks, 'text/tsv'), 'a\tb\n"gone, ""all"""\t2\n');
});

t.test('in TSV a quote protects nothing', async (t) => {
  const tsv = (body: string) => csv(body, [], plan, 'text/tab-separated-values');
  t.equal(tsv('id\tssn\n1\t078-05-1120\n'), 'id\tssn\n1\t***-**-1120\n');
  t.equal(tsv('id\tssn\n1\t"078-05-1120"\n'), 'id\tssn\n1\t"***-**-1120"\n');
  t.throws(() => tsv('id\tssn\n1\t"a\tb"\n'), { code: 'mask_impossible' });
  t.throws(() => tsv('id\tssn\n1\t"a\nb"\n'), { code: 'mask_impossible' });
});

for (const [name, body, type] of [
  ['a quote within a field', 'id,ssn\n1,a"b\n'],
  ['something behind a quote', 'id,ssn\n1,"a"b\n'],
  ['a quote that is not closed', 'id,ssn\n1,"a\n'],
  ['more fields than columns', 'id,ssn\n1,2,078-05-1120\n'],
  ['semicolons', 'id;ssn\n1;078-05-1120\n'],
  ['tabs in CSV', 'id\tssn\n1\t078-05-1120\n'],
  ["Excel's first line", 'sep=;\nid;ssn\n1;2\n'],
  ['no header', 'id,ssn\n1,2\n', 'text/csv; header=absent'],
  ['a long record', `id,ssn\n1,"${'x'.repeat(140_000)}"\n`],
] as const)
  t.test(`refused: ${name}`, async (t) => {
    t.throws(() => csv(body, [], plan, type), { code: 'mask_impossible' });
    t.throws(() => csv(body, body.length > 9_999 ? [70_000] : everywhere(body), plan, type), {
      code: 'mask_impossible',
    });
  });

t.test('a path does not apply', async (t) => {
  t.throws(() => csv('a\n', [], [{ path: '$.a', with: 'drop' }]), { code: 'mask_impossible' });
});

/** The oracle: the table as rows, each field masked, written with the least quotes. */
t.test('any table in any pieces is what masking its fields makes', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é', '1', '-'), maxLength: 5 });
  const write = (value: string) => `"${value.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      (rows, cuts, lineEnd) => {
        const lines = (table: readonly (readonly string[])[]) =>
          table.map((row) => row.map(write).join(',') + lineEnd).join('');
        const body = lines([['id', 'gone', 'note'], ...rows]);
        const expected = lines([['id', 'note'], ...rows.map(([id]) => [id, '[masked:note]'])]);
        const masks = [
          { column: 'gone', with: 'drop' },
          { column: 'note', with: 'redact' },
        ];
        return csv(body, cuts, masks) === expected && csv(body, everywhere(body), masks) === expected;
      },
    ),
    { numRuns: 500 },
  );
});
