import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readPublicKey } from '../../plugin/verify/dsse.ts';
import { bundleFits, readWriter, trustedRootText } from '../../plugin/verify/writer.ts';
import { freshKeys } from './forger.ts';
import { entryBytes, origin, start, writeIdentity } from './sample.ts';

const keys = freshKeys();

t.test('writer.json is read strictly, and the other files follow from it', async (t) => {
  const folder = t.testdir();
  writeIdentity(folder, keys);
  const bytes = readFileSync(join(folder, 'writer.json'));
  const writer = readWriter(bytes);
  if ('fault' in writer) return t.fail(writer.fault);
  t.match(writer, { origin, epoch: 1, created: start, anchored: false });
  t.equal(trustedRootText(writer), readFileSync(join(folder, 'trusted_root.json'), 'utf8'));
  const signer = readPublicKey(readFileSync(join(folder, 'key.pub'), 'utf8'));
  const other = readPublicKey(freshKeys().signerPublic.export({ type: 'spki', format: 'pem' }).toString());
  const bundle = readFileSync(join(folder, 'writer.bundle.json'));
  if (signer === null || other === null) return t.fail('no key');
  t.equal(bundleFits(bundle, bytes, signer), true);
  t.equal(bundleFits(bundle, bytes, other), false);
  t.equal(bundleFits(bundle, Buffer.from('{}'), signer), false);
  t.equal(bundleFits(Buffer.from('{}'), bytes, signer), false);
  for (const [changes, fault] of [
    [{ created: -1 }, /created/],
    [{ created: 9e15 }, /created/],
    [{ vkey: 'x' }, /vkey/],
    [{ origin: 'e1.b' }, /vkey/],
    [{ epoch: 2 }, /epoch/],
    [{ more: 1 }, /[Uu]nrecognized/],
  ] as const)
    t.match(readWriter(entryBytes({ ...JSON.parse(bytes.toString()), ...changes })), { fault }, String(fault));
  t.match(readWriter(Buffer.from(`${bytes} `)), { fault: /canonical/ });
});
