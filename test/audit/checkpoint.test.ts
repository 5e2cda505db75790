import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import t from 'tap';
import { checkpointOf, isSignedBy, logId, readCheckpoint, vkeyOf } from '../../plugin/audit/checkpoint.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
const origin = 'e0.gate.audit.example';
const id = createHash('sha256')
  .update(Buffer.concat([Buffer.from(`${origin}\n\x01`), raw]))
  .digest();

t.test('a checkpoint is a signed note: three lines, an empty one, the signature', async (t) => {
  const root = createHash('sha256').update('root').digest();
  const note = checkpointOf(origin, 42, root, privateKey);
  const [body, signature] = note.split('\n\n');
  t.equal(body, `${origin}\n42\n${root.toString('base64')}`);
  const [, name, blob] = /^— (\S+) (\S+)\n$/.exec(signature ?? '') ?? [];
  t.equal(name, origin);
  const bytes = Buffer.from(blob ?? '', 'base64');
  t.equal(bytes.length, 68);
  t.ok(bytes.subarray(0, 4).equals(id.subarray(0, 4)), 'the hint names the key');
  t.ok(verify(null, Buffer.from(`${body}\n`), publicKey, bytes.subarray(4)));
  t.same(readCheckpoint(note), { origin, size: 42, root });
});

t.test('the log id and the verifier key name origin and key', async (t) => {
  t.ok(logId(origin, publicKey).equals(id));
  t.ok(logId(origin, createPublicKey(privateKey)).equals(id));
  const key = Buffer.concat([Buffer.from([1]), raw]).toString('base64');
  t.equal(vkeyOf(origin, publicKey), `${origin}+${id.toString('hex', 0, 4)}+${key}`);
  t.notOk(logId('e1.gate.audit.example', publicKey).equals(id), 'another epoch is another log');
});

t.test('what is no checkpoint is not read', async (t) => {
  const good = checkpointOf(origin, 1, Buffer.alloc(32), privateKey);
  for (const wrong of ['', 'x', good.replace('\n1\n', '\n01\n'), good.replace('\n1\n', '\n-1\n'), good.slice(0, 40)])
    t.equal(readCheckpoint(wrong), null, JSON.stringify(wrong));
});

t.test('only what the log signed is signed by the log', async (t) => {
  const good = checkpointOf(origin, 5, Buffer.alloc(32, 1), privateKey);
  const other = generateKeyPairSync('ed25519');
  t.ok(isSignedBy(good, origin, publicKey));
  t.ok(isSignedBy(`${good}— witness.example AAAA\n`, origin, publicKey), 'with a cosignature behind it');
  t.notOk(isSignedBy(good, origin, other.publicKey), 'another key');
  t.notOk(isSignedBy(checkpointOf(origin, 5, Buffer.alloc(32, 1), other.privateKey), origin, publicKey));
  t.notOk(isSignedBy(good.replace('\n5\n', '\n4\n'), origin, publicKey), 'another size');
  t.notOk(isSignedBy(good.replaceAll(origin, 'e1.gate.audit.example'), origin, publicKey), 'another origin');
  for (const wrong of ['', 'x', good.split('\n\n')[0] ?? '', good.replace('— ', '')])
    t.notOk(isSignedBy(wrong, origin, publicKey), JSON.stringify(wrong));
});
