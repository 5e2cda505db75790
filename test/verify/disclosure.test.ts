import t from 'tap';
import { commitmentOf, newSecret, saltOf } from '../../plugin/audit/commit.ts';
import { checkDisclosure, readDisclosure } from '../../plugin/verify/disclosure.ts';

const salt = saltOf(newSecret(), 'query');
const value = Buffer.from('a=1');
const good = { field: 'query', salt: salt.toString('base64'), value: value.toString('base64') };
const committed = [
  { c: commitmentOf(saltOf(newSecret(), 'body'), 'body', value), k: 'body' },
  { c: commitmentOf(salt, 'query', value), k: 'query' },
];

t.test('only the value and the salt that were committed to are proved', async (t) => {
  const other = Buffer.from(salt);
  other.writeUInt8(other.readUInt8(31) ^ 1, 31);
  for (const [what, item, verdict] of [
    ['as committed', good, 'proved'],
    ['a wrong salt', { ...good, salt: other.toString('base64') }, 'other value or salt'],
    ['no salt', { ...good, salt: '' }, 'other value or salt'],
    ['an altered value', { ...good, value: Buffer.from('a=2').toString('base64') }, 'other value or salt'],
    ['another field', { ...good, field: 'body' }, 'other value or salt'],
    ['a field that is not committed', { ...good, field: 'command' }, 'not committed'],
  ] as const)
    t.equal(checkDisclosure(committed, item), verdict, what);
  for (const none of [undefined, null, {}, 'x', [null, 1, {}, { k: 'query' }]])
    t.not(checkDisclosure(none, good), 'proved');
});

t.test('a file that is no disclosure is refused, and its values are not repeated', async (t) => {
  t.same(readDisclosure(JSON.stringify([good, { seq: 3, ...good }])), [good, { seq: 3, ...good }]);
  for (const text of [
    'canary',
    '{"canary":1}',
    '[{"field":"canary"}]',
    JSON.stringify([{ ...good, value: 'ca*nary' }]),
    '[null]',
  ]) {
    t.throws(() => readDisclosure(text), { code: 'usage', message: /JSON array of \{field, salt, value\}/ }, text);
    t.throws(() => readDisclosure(text), { message: /^(?!.*ca.?nary)/ });
  }
});
