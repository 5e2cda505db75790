import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { reportCommand } from '../../../plugin/cli/audit/report.ts';
import { verifyEvidence } from '../../../plugin/verify/evidence.ts';
import { readTrusted } from '../../../plugin/verify/identity.ts';
import { writeReal } from '../../verify/real.ts';

const { folder: dir } = await writeReal(t.testdir());
const key = readFileSync(join(dir, 'key.pub'), 'utf8');

async function written(t: Test, flags: object) {
  const output = join(t.testdir(), 'report.html');
  const { write } = process.stdout;
  const out: string[] = [];
  process.stdout.write = (text: string | Uint8Array) => out.push(String(text)) > 0;
  try {
    const outcome = await reportCommand({ dir, output, verify: { key: [key] }, ...flags });
    return { outcome, out: out.join(''), text: readFileSync(output, 'utf8') };
  } finally {
    process.stdout.write = write;
  }
}

t.test('a report has the verification, the counts, and each held action with who approved it', async (t) => {
  const { outcome, out, text } = await written(t, {});
  t.equal(outcome, 'verified');
  t.match(out, /11 entries; verified\n$/);
  t.match(text, '<strong class="good">verified</strong>');
  t.match(text, /11 entries in 7 batches/);
  t.match(text, /<td>agent<\/td><td class="w">allow<\/td><td><span class="bar"><i style="width:\d+%"><\/i><b>3<\/b>/);
  t.match(text, /<td>ssn<\/td><td>\*\.ssn<\/td><td><span class="bar">.*<b>6<\/b>/);
  t.match(text, /DELETE api\.example\.org\/customers[\s\S]*approved<\/span> by <strong>\S+<\/strong> for dba /);
  t.notMatch(text, /<script|src=|href=|url\(/);
});

t.test('what does not verify is said, and a period without entries is one', async (t) => {
  const unknown = await written(t, { verify: {} });
  t.equal(unknown.outcome, 'unknown');
  t.match(unknown.text, /<strong class="warn">consistent with itself; signer unknown/);
  const none = await written(t, { from: 0, to: 1 });
  t.match(none.text, '0 entries in this period.');
  t.match(none.text, 'Held actions: none in this period');
});

t.test('a sample is drawn by the root, and each of it has evidence that verifies', async (t) => {
  const { out, text } = await written(t, { sample: 2 });
  t.match(out, /, evidence of 2; verified\n$/);
  t.match(text, '2 of 4 decisions, those with the smallest SHA-256');
  const folders = readdirSync(join(t.testdirName, 'report-evidence'));
  t.equal(folders.length, 2);
  for (const seq of folders) {
    t.match(text, `report-evidence/${seq}</span>`);
    const report = verifyEvidence(join(t.testdirName, 'report-evidence', seq), readTrusted([key]));
    t.match(report, { seq: Number(seq), findings: [], signer: 'given' });
  }
});
