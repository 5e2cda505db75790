import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { reportCommand, reportOf } from '../../../plugin/cli/audit/report.ts';
import type { Found } from '../../../plugin/verify/entries.ts';
import { tally } from '../../../plugin/verify/period.ts';
import { writeReal } from '../../verify/real.ts';

const { folder: dir } = await writeReal(t.testdir());
const key = readFileSync(join(dir, 'key.pub'), 'utf8');

async function written(t: { testdir(): string }, flags: object) {
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
  t.match(text, '<p class="good"><strong>verified</strong></p>');
  t.match(text, /11 entries in 7 batches/);
  t.match(text, '<tr><td>agent</td><td>allow</td><td class="n">3</td></tr>');
  t.match(text, '<tr><td>ssn</td><td>*.ssn</td><td class="n">6</td></tr>');
  t.match(text, /DELETE api\.example\.org\/customers[\s\S]*<div>approved by \S+ /);
  t.notMatch(text, /<script|src=|href=|url\(/);
});

t.test('what does not verify is said, and a period without entries is one', async (t) => {
  const unknown = await written(t, { verify: {} });
  t.equal(unknown.outcome, 'unknown');
  t.match(unknown.text, /<p class="bad"><strong>consistent with itself; signer unknown/);
  const none = await written(t, { from: 0, to: 1 });
  t.match(none.text, '<p>0 entries.</p>');
  t.match(none.text, 'Held actions: none in this period');
});

t.test('nothing that a caller wrote is markup', async (t) => {
  const evil = '</td><script>alert(1)</script>';
  const entry = {
    time: 0,
    principal: { id: evil },
    approver: { id: evil },
    ...{ verdict: evil, rule: evil, path: evil, method: evil, authority: evil, hold: evil, exchange: evil },
    ...{ transition: evil, group: evil, what: evil, detail: evil, subject: evil, reason: evil, state: evil },
    ...{
      action: evil,
      policyDigest: evil,
      revision: evil,
      version: evil,
      masks: [{ rule: evil, field: evil, count: 1 }],
    },
  };
  const kinds = ['decision', 'hold', 'response', 'deviation', 'disclosure', 'erasure', 'policy', 'boot', evil];
  const found: Found[] = kinds.map((kind, seq) => ({ seq, text: '', entry: { ...entry, kind } }));
  const verification = [evil];
  const text = reportOf({ from: null, to: null, period: tally(found), outcome: 'finding', verification });
  t.notMatch(text, '<script');
  t.ok(text.split('&lt;script&gt;').length > 20);
});
