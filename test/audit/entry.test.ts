import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import t from 'tap';
import { commitmentOf, saltOf } from '../../plugin/audit/commit.ts';
import { type EntryEvent, seal } from '../../plugin/audit/entry.ts';
import { ENTRY_TYPE, entrySchema } from '../../plugin/audit/schema.ts';

const place = { origin: 'e1.gate.audit.example', epoch: 1, seq: 7, time: 1_700_000_000_000 };
const text = fc.string({ unit: 'binary', maxLength: 20 });
const decision = (members: object = {}): EntryEvent => ({
  kind: 'decision',
  body: {
    verdict: 'allow',
    rule: 'r',
    reason: '',
    bundle: '',
    method: 'GET',
    authority: 'shop.example',
    path: '/',
    route: '',
    commands: [],
    release: 'full',
    labels: [],
    ...members,
  },
});

t.test('the bytes are JCS, and exactly what the schema reads back', async () => {
  const any = fc.record({
    rule: text,
    reason: text,
    path: text,
    commands: fc.array(fc.record({ kind: text, shape: text }), { maxLength: 3 }),
    labels: fc.array(fc.record({ v: text, k: text }), { maxLength: 3 }),
  });
  const who = fc.record({
    id: text,
    issuer: text,
    groups: fc.array(text, { maxLength: 3 }),
    actors: fc.array(fc.record({ issuer: text, id: text }), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(any, who, (members, principal) => {
      const { bytes, digest } = seal({ ...decision(members), principal }, place);
      const read: unknown = JSON.parse(bytes.toString());
      return (
        canonicalize(read) === bytes.toString() &&
        entrySchema.safeParse(read).success &&
        createHash('sha256').update(bytes).digest('hex') === digest
      );
    }),
  );
});

t.test('what an event says of its place is not believed', async (t) => {
  const body = { ...decision().body, seq: 99, origin: 'e9.evil.example', _type: 'x', kind: 'close', time: 0, epoch: 4 };
  const read = JSON.parse(seal({ kind: 'decision', body }, place).bytes.toString());
  t.match(read, { ...place, _type: ENTRY_TYPE, kind: 'decision' });
});

t.test('half a surrogate pair becomes U+FFFD: an entry is always well-formed', async (t) => {
  for (const broken of ['\ud800', 'a\udc00b', '\udc00\ud800']) {
    const { bytes } = seal(decision({ reason: broken }), place);
    t.equal(JSON.parse(bytes.toString()).reason, broken.toWellFormed());
    t.ok(bytes.equals(Buffer.from(new TextDecoder('utf8', { fatal: true }).decode(bytes))));
  }
});

t.test('an event that its schema does not know is refused by name and never quoted', async (t) => {
  const wrong: readonly [EntryEvent, RegExp][] = [
    [decision({ body: 'canary' }), /decision/],
    [decision({ verdict: 'canary' }), /verdict/],
    [decision({ rule: undefined }), /rule/],
    [decision({ path: 'canary'.repeat(10_000) }), /path/],
    [decision({ commands: [{ kind: 'sql', shape: 'canary', text: 'canary' }] }), /commands\.0/],
    [{ ...decision(), exchange: 'canary' }, /exchange/],
    [{ kind: 'boot', body: { version: '0', droppedBytes: Number.NaN } }, /droppedBytes/],
  ];
  for (const [event, message] of wrong) {
    t.throws(() => seal(event, place), { code: 'audit_overload', message });
    t.throws(() => seal(event, place), { message: /^(?!.*canary)/ });
  }
});

t.test('an entry of more than 64 KiB is refused with its size', async (t) => {
  const labels = Array.from({ length: 5 }, (_, k) => ({ k: `${k}`, v: 'v'.repeat(16_000) }));
  t.throws(() => seal(decision({ labels }), place), { code: 'audit_overload', message: /takes 8\d{4} bytes, 65536/ });
});

t.test('what is committed is not in the entry: its commitment is, and opens', async (t) => {
  const committed = { query: Buffer.from('ssn=123-45-6789'), body: Buffer.from([0, 1, 2]) };
  const { bytes, opening } = seal({ ...decision(), committed }, place);
  t.notMatch(bytes.toString(), /123-45-6789/);
  t.equal(opening?.seq, 7);
  const secret = opening?.secret ?? Buffer.alloc(0);
  t.equal(secret.length, 32);
  t.same(JSON.parse(bytes.toString()).committed, [
    { c: commitmentOf(saltOf(secret, 'body'), 'body', committed.body), k: 'body' },
    { c: commitmentOf(saltOf(secret, 'query'), 'query', committed.query), k: 'query' },
  ]);
  t.not(seal({ ...decision(), committed }, place).bytes.toString(), bytes.toString(), 'a secret of its own each time');
  t.equal(seal(decision(), place).opening, null, 'nothing committed costs nothing');
});
