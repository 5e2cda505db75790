import t from 'tap';
import {
  type Algorithm,
  algorithms,
  readKeys,
  secretKey,
  verifySignature,
} from '../../../plugin/policy/builtins/jws.ts';
import { jwk, keys, pem, secret, signers } from './tokens.ts';

const signed = 'header.payload';
const algorithm = (name: string) => algorithms.get(name) as Algorithm;

t.test('each algorithm takes its own signature, with its own kind of key only', async (t) => {
  const all = [secretKey(secret), ...Object.values(keys).map(({ publicKey }) => publicKey)];
  for (const [name, { sign, key }] of Object.entries(signers)) {
    const signature = sign(Buffer.from(signed));
    const right = key === null ? secretKey(secret) : keys[key].publicKey;
    t.ok(verifySignature(right, algorithm(name), signed, signature), name);
    t.notOk(verifySignature(right, algorithm(name), `${signed}x`, signature), `${name}, changed text`);
    t.notOk(verifySignature(right, algorithm(name), signed, Buffer.alloc(0)), `${name}, no signature`);
    for (const other of all)
      if (!other.equals(right)) t.notOk(verifySignature(other, algorithm(name), signed, signature));
  }
});

t.test('none is no algorithm', async (t) => t.notOk(algorithms.has('none')));

t.test('keys come as PEM, JWK or JWKS; unknown algorithms are left out', async (t) => {
  const set = { keys: [jwk('p256', { kid: 'a', alg: 'ES256' }), jwk('rsa', { alg: 'RSA-OAEP' })] };
  t.match(readKeys(JSON.stringify(set)), [{ alg: 'ES256', kid: 'a' }]);
  t.equal(readKeys(JSON.stringify(set)).length, 1);
  t.match(readKeys(JSON.stringify(jwk('ed25519'))), [{ alg: '', kid: '' }]);
  t.match(readKeys(pem('rsa')), [{ alg: '', kid: '' }]);
  for (const bad of ['', '{}', 'x', `${pem('rsa')}${pem('rsa')}`, pem('rsa').replaceAll('PUBLIC', 'PRIVATE')])
    t.throws(() => readKeys(bad));
});
