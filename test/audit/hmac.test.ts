import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { hmac } from '../../plugin/audit/hmac.ts';

t.test('it is HMAC-SHA-256, as node:crypto computes it', async () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(
      key,
      fc.uint8Array({ maxLength: 1_200, size: 'max' }),
      fc.constantFrom('base64url', 'binary'),
      (key, message, form) => {
        const expected = createHmac('sha256', key).update(message).digest(form);
        return hmac(key, message, form) === expected;
      },
    ),
  );
});

t.test('a key of another length is refused, not padded', async (t) => {
  for (const length of [0, 31, 33, 64, 65])
    t.throws(() => hmac(Buffer.alloc(length), Buffer.alloc(1), 'binary'), RangeError, `${length} bytes`);
});
