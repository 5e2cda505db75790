import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { proveEntry } from '../../../plugin/audit/prove.ts';
import { areEvidence, judgeEvidence } from '../../../plugin/cli/audit/evidence.ts';
import { writeReal } from '../../verify/real.ts';

const state = t.testdir();
const { folder: log } = await writeReal(state);
const files = await proveEntry(log, 3);
const evidence = join(state, 'evidence');
mkdirSync(evidence);
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(evidence, name), bytes);

t.test('folders are of logs or of evidence, not both', async (t) => {
  t.equal(areEvidence([evidence, evidence]), true);
  t.equal(areEvidence([log]), false);
  t.throws(() => areEvidence([log, evidence]), { code: 'usage' });
});

t.test('the verdict comes last, and says whose key it is', async (t) => {
  const key = String(files['key.pub']);
  const { outcome, lines } = judgeEvidence([evidence], { key });
  t.equal(outcome, 'verified');
  t.match(lines[0], /: entry 3 of e1\.gateway\.example\.org, 20/);
  t.match(lines.join('\n'), /\(the key given\)\n {2}in batch 2 of the 7 that the checkpoint covers\n\nverified$/);
  t.match(judgeEvidence([evidence], {}), {
    outcome: 'unknown',
    lines: [/entry 3/, /beside it/, /batch 2/, '', /^consistent/],
  });
  t.throws(() => judgeEvidence([evidence], { since: 'x' }), { code: 'usage' });
});

t.test('a finding has its place and its words', async (t) => {
  const folder = t.testdir({ 'bundle.json': '{}' });
  const { outcome, lines } = judgeEvidence([folder], {});
  t.equal(outcome, 'finding');
  t.match(lines.join('\n'), / {2}bundle_malformed at bundle\.json: it is not in the one text/);
  t.equal(lines.at(-1), 'NOT VERIFIED: there are findings');
});
