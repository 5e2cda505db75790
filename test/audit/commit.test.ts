import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { commitmentOf, newSecret, saltOf } from '../../plugin/audit/commit.ts';

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest();

t.test('the derivation is the documented one', async (t) => {
  const secret = Buffer.alloc(32, 7);
  const salt = hmac(secret, 'countersign.dev/salt/v1\0query');
  t.ok(saltOf(secret, 'query').equals(salt));
  t.equal(
    commitmentOf(salt, 'query', Buffer.from('a=1')),
    hmac(salt, 'countersign.dev/commit/v1\0query\0a=1').toString('base64url'),
  );
});

t.test('one secret an entry: equal values in two entries have nothing in common', async (t) => {
  const [one, other] = [newSecret(), newSecret()];
  t.equal(one.length, 32);
  t.notOk(one.equals(other));
  const value = Buffer.from('123-45-6789');
  t.not(commitmentOf(saltOf(one, 'query'), 'query', value), commitmentOf(saltOf(other, 'query'), 'query', value));
  t.not(commitmentOf(saltOf(one, 'query'), 'query', value), commitmentOf(saltOf(one, 'body'), 'body', value));
});

t.test('a commitment opens to one value only', async () => {
  const salt = saltOf(Buffer.alloc(32, 1), 'body');
  const bytes = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      const same = Buffer.from(one).equals(other);
      return (commitmentOf(salt, 'body', one) === commitmentOf(salt, 'body', other)) === same;
    }),
  );
});
