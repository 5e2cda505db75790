import t from 'tap';
import { differences, statementText } from '../../plugin/verify/statement.ts';

const expected = {
  batch: 3,
  epoch: 1,
  firstSeq: 10,
  origin: 'e1.gateway.example.org',
  prevBatch: 'aa',
  digests: ['d0', 'd1'],
};

t.test('the text of a statement is JSON with its members in the one order', async (t) => {
  const text = statementText(expected);
  t.equal(JSON.stringify(JSON.parse(text)), text);
  t.same(JSON.parse(text).subject, [
    { digest: { sha256: 'd0' }, name: '10' },
    { digest: { sha256: 'd1' }, name: '11' },
  ]);
  t.equal(JSON.parse(statementText({ ...expected, prevBatch: null })).predicate.prevBatch, null);
});

t.test('each lie has its name', async (t) => {
  type Said = { predicate: Record<string, unknown>; subject: Record<string, unknown>[]; [member: string]: unknown };
  const lies: readonly [string, (said: Said) => void][] = [
    ['statement_batch', ({ predicate }) => Object.assign(predicate, { batch: 4 })],
    ['statement_count', ({ predicate }) => Object.assign(predicate, { count: 1 })],
    ['statement_epoch', ({ predicate }) => Object.assign(predicate, { epoch: 2 })],
    ['statement_first_seq', ({ predicate }) => Object.assign(predicate, { firstSeq: 11 })],
    ['statement_origin', ({ predicate }) => Object.assign(predicate, { origin: 'e1.other.example.org' })],
    ['statement_prev_batch', ({ predicate }) => Object.assign(predicate, { prevBatch: null })],
    ['statement_count', ({ subject }) => subject.push({ digest: { sha256: 'd2' }, name: '12' })],
    ['statement_subject_name', ({ subject }) => Object.assign(subject[1] ?? {}, { name: '12' })],
    ['statement_digest', ({ subject }) => Object.assign(subject[1] ?? {}, { digest: { sha256: 'd0' } })],
    ['statement_malformed', (said) => Object.assign(said, { _type: 'https://in-toto.io/Statement/v0.1' })],
    ['statement_malformed', (said) => Object.assign(said, { extra: 1 })],
    ['statement_malformed', ({ predicate }) => Object.assign(predicate, { extra: 1 })],
  ];
  for (const [code, lie] of lies) {
    const said = JSON.parse(statementText(expected)) as Said;
    lie(said);
    const found = differences(Buffer.from(JSON.stringify(said)), expected);
    t.equal(found[0]?.code, code, found[0]?.message ?? code);
    t.equal(found.length, 1);
  }
  for (const text of ['', '[]', 'null', '{}', ` ${statementText(expected)}`])
    t.ok(differences(Buffer.from(text), expected).length > 0, text);
});
