import t from 'tap';
import { cryptography } from '../../../plugin/policy/builtins/crypto.ts';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

t.test('digests and MACs agree with opa', { skip: withoutOpa }, async (t) => {
  const hashes = ['md5', 'sha1', 'sha256'].flatMap((name) => [`crypto.${name}("")`, `crypto.${name}("é😀")`]);
  const macs = ['md5', 'sha1', 'sha256', 'sha512'].map((name) => `crypto.hmac.${name}("message", "schlüssel")`);
  await agreesWithOpa(
    t,
    [...hashes, ...macs, 'crypto.hmac.equal("a", "a")', 'crypto.hmac.equal("a", "ab")', 'crypto.sha256(input.n)'],
    { n: 1 },
  );
});

t.test('a number is no text', async (t) =>
  t.throws(() => cryptography['crypto.sha256']([1], undefined as never), TypeError),
);
