import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { proveEntry } from '../../plugin/audit/prove.ts';
import { isEvidence, verifyEvidence } from '../../plugin/verify/evidence.ts';
import { readTrusted } from '../../plugin/verify/identity.ts';
import { openReal, writeReal } from './real.ts';

// What an attacker may do to evidence is in test/attack/evidence.test.ts.

async function proved(state: string, seq: number): Promise<string> {
  const { folder } = await writeReal(state);
  const output = join(state, 'evidence');
  mkdirSync(output);
  for (const [name, bytes] of Object.entries(await proveEntry(folder, seq))) writeFileSync(join(output, name), bytes);
  return output;
}

t.test('evidence of an entry is told apart from a log, and verifies', async (t) => {
  const state = t.testdir();
  const folder = await proved(state, 3);
  t.equal(isEvidence(folder), true);
  t.equal(isEvidence(join(state, 'audit')), false);
  const pem = readFileSync(join(folder, 'key.pub'), 'utf8');
  t.match(verifyEvidence(folder, readTrusted([pem])), { signer: 'given', seq: 3, batch: 2, size: 7, findings: [] });
});

t.test('what a disclosure opens is held against the entry', async (t) => {
  const state = t.testdir();
  const folder = await proved(state, 3);
  const log = await openReal(state);
  const opened = await log.erasable.disclose(3);
  await log.close();
  const write = (value: object) => writeFileSync(join(folder, 'disclosure.json'), JSON.stringify(value));
  write(opened);
  t.match(verifyEvidence(folder, readTrusted([])), { disclosed: ['content'], findings: [] });
  write(opened.map((one) => ({ ...one, value: Buffer.from('another').toString('base64') })));
  t.match(verifyEvidence(folder, readTrusted([])), { disclosed: [], findings: [{ code: 'disclosure_unproved' }] });
});

t.test('a folder without anything of it is said to lack it', async (t) => {
  const { findings, seq, batch, size, time } = verifyEvidence(t.testdir({ 'bundle.json': '[]' }), readTrusted([]));
  t.same({ seq, batch, size, time }, { seq: -1, batch: -1, size: -1, time: '' });
  t.same(
    findings.filter(({ code }) => code === 'file_missing').map(({ where }) => where),
    ['writer.json', 'writer.bundle.json', 'trusted_root.json', 'key.pub', 'vkey', 'entry.json'],
  );
  t.match(findings.at(-1), { code: 'bundle_malformed' });
});
