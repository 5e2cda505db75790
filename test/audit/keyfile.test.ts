import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { privateKey } from '../../plugin/audit/keyfile.ts';

const pem = (type: 'rsa' | 'ec' | 'ed25519', curve = 'P-256'): string => {
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: curve })
        : generateKeyPairSync('ed25519');
  return pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
};

t.test('a key is made once, for its owner alone, and is the same again', async (t) => {
  const file = join(t.testdir(), 'signer.pem');
  const made = privateKey(file, 'p256', true);
  t.equal(statSync(file).mode & 0o777, 0o600);
  const again = privateKey(file, 'p256', false);
  t.ok(createPublicKey(made).equals(createPublicKey(again)));
  t.notOk(existsSync(`${file}.new`));
});

t.test('a log that is there does not get a new key', async (t) => {
  const file = join(t.testdir(), 'signer.pem');
  t.throws(() => privateKey(file, 'p256', false), { code: 'key_invalid', message: /put the key back/ });
  t.notOk(existsSync(file));
});

t.test('a key that others can read is refused, with the command that mends it', async (t) => {
  for (const mode of [0o640, 0o604, 0o660, 0o601]) {
    const file = join(t.testdir(), 'signer.pem');
    privateKey(file, 'p256', true);
    chmodSync(file, mode);
    t.throws(() => privateKey(file, 'p256', false), { code: 'key_invalid', message: /chmod 0600/ }, mode.toString(8));
  }
});

t.test('a key of another kind, or none, is refused and never quoted', async (t) => {
  const wrong: readonly ['p256' | 'ed25519', string][] = [
    ['p256', pem('ed25519')],
    ['p256', pem('ec', 'P-384')],
    ['p256', pem('rsa')],
    ['ed25519', pem('ec')],
    ['p256', ''],
    ['p256', '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n'],
  ];
  for (const [kind, text] of wrong) {
    const file = join(t.testdir(), 'some.pem');
    writeFileSync(file, text, { mode: 0o600 });
    t.throws(() => privateKey(file, kind, true), { code: 'key_invalid', message: /^(?!.*secret).*no private key/s });
  }
});
