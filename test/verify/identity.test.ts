import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openFolder } from '../../plugin/verify/folder.ts';
import { readIdentity, readTrusted } from '../../plugin/verify/identity.ts';
import { openFindings } from '../../plugin/verify/report.ts';
import { freshKeys } from './forger.ts';
import { origin, start, writeIdentity } from './sample.ts';

const keys = freshKeys();
const pem = keys.signerPublic.export({ type: 'spki', format: 'pem' }).toString();

async function found(folder: string, given: readonly string[] = [pem]): Promise<string[]> {
  const findings = openFindings();
  readIdentity(openFolder(folder), readTrusted(given), findings);
  return [...new Set(findings.list.map(({ code }) => code))];
}

function written(t: Test, changes: object = {}): string {
  const folder = t.testdir();
  writeIdentity(folder, keys, origin, changes);
  return folder;
}

t.test('the five files say one thing', async (t) => {
  const folder = written(t);
  t.same(await found(folder), []);
  t.match(readIdentity(openFolder(folder), readTrusted([]), openFindings()), {
    origin,
    epoch: 1,
    created: start,
    anchored: false,
    signer: { given: false },
  });
  t.match(readIdentity(openFolder(written(t, { anchors: [{ tsa: 'x' }] })), readTrusted([]), openFindings()), {
    anchored: true,
  });
});

t.test('no byte of them can be changed', async (t) => {
  const folder = written(t);
  for (const file of ['writer.json', 'writer.bundle.json', 'trusted_root.json', 'key.pub', 'vkey']) {
    const good = readFileSync(join(folder, file));
    const passed: number[] = [];
    for (let at = 0; at < good.length; at += 1) {
      const flipped = Buffer.from(good);
      flipped.writeUInt8(good.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(join(folder, file), flipped);
      if ((await found(folder)).length === 0) passed.push(at);
    }
    t.same(passed, [], file);
    rmSync(join(folder, file));
    t.same(await found(folder), ['file_missing'], `${file} is missing`);
    writeFileSync(join(folder, file), good);
  }
});

t.test('what the signer signs must be true too', async (t) => {
  const other = freshKeys();
  const spki = other.signerPublic.export({ type: 'spki', format: 'der' }).toString('base64');
  for (const [changes, codes] of [
    [{ epoch: 2 }, ['writer_malformed']],
    [{ origin: 'e1.other.example.org' }, ['writer_malformed']],
    [{ vkey: 'nonsense' }, ['writer_malformed']],
    [{ extra: 1 }, ['writer_malformed']],
    [{ created: start - 1 }, ['writer_inconsistent']],
    [{ signer: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', rawBytes: spki } }, ['writer_inconsistent']],
  ] as const)
    t.same(await found(written(t, changes)), codes, JSON.stringify(changes));
});

t.test('another log key is not one that the signer vouches for', async (t) => {
  const folder = written(t);
  const bundle = readFileSync(join(folder, 'writer.bundle.json'));
  writeIdentity(folder, { ...keys, logPublic: freshKeys().logPublic });
  writeFileSync(join(folder, 'writer.bundle.json'), bundle);
  t.same(await found(folder), ['writer_signature']);
});

t.test('a key is a PEM or a fingerprint', async (t) => {
  t.throws(() => readTrusted(['sha256:00']), { code: 'usage', message: /64 hex digits/ });
  t.throws(() => readTrusted(['sha256:0']), { code: 'usage' });
  t.throws(() => readTrusted(['nonsense']), { code: 'usage', message: /P-256/ });
  t.equal(readTrusted([pem]).fingerprints.length, 1);
});
