import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { cosignedBy, readWitnessKey } from '../../plugin/verify/cosignature.ts';
import { cosign, vkeyOf } from '../audit/witnesses.ts';

t.test('a cosignature is of its witness and of its note', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = readWitnessKey(vkeyOf('w.example.com', publicKey));
  t.equal(readWitnessKey(vkeyOf('w.example.com', publicKey, 1)), null, 'the key of a log');
  if (key === null) return t.fail('the key is read');
  const note = 'o\n1\nroot\n\n\u2014 o AAAA\n';
  t.same(cosignedBy(note + cosign('w.example.com', privateKey, note, 7), key), { time: 7_000 });
  t.equal(cosignedBy(note, key), 'none');
  t.equal(cosignedBy(note.replace('1', '2') + cosign('w.example.com', privateKey, note), key), 'wrong');
});
