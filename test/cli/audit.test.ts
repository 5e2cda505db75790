import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { main } from '../../plugin/cli/main.ts';
import { forge, freshKeys, readBatches } from '../verify/forger.ts';
import { writeReal } from '../verify/real.ts';
import { exchange, origin } from '../verify/sample.ts';

const state = t.testdir();
const { folder: log, keys } = await writeReal(state);
const key = join(log, 'key.pub');

/** Runs the command line in this process, where a start costs nothing. */
async function audit(...args: readonly string[]) {
  const { stdout, stderr } = process;
  const writes = [stdout.write, stderr.write] as const;
  const [out, err]: [string[], string[]] = [[], []];
  stdout.write = (text: string | Uint8Array) => out.push(String(text)) > 0;
  stderr.write = (text: string | Uint8Array) => err.push(String(text)) > 0;
  try {
    process.exitCode = undefined;
    await main(['audit', ...args]);
    return { status: process.exitCode ?? 0, out: out.join(''), err: err.join('') };
  } finally {
    [stdout.write, stderr.write] = writes;
    process.exitCode = undefined;
  }
}

function copy(t: Test): string {
  const folder = join(t.testdir(), 'log');
  cpSync(log, folder, { recursive: true });
  return folder;
}

t.test('a good log under a known key exits 0 and says what it rests on', async (t) => {
  const { status, out, err } = await audit('verify', '--key', key, log);
  t.equal(status, 0, err);
  t.match(out, /^e1\.gateway\.example\.org: 11 entries in 7 batches/);
  t.match(out, /not anchored: time and rollback rest on the checkpoint that you keep/);
  t.match(out, /3 allows, 2 with the response's entry, 1 without/);
  t.match(out, /\nverified\n$/);
  t.equal(err, '', 'no progress bar where nobody watches');
});

t.test('without a key the signer is unknown', async (t) => {
  const { status, out } = await audit('verify', log);
  t.equal(status, 3);
  t.match(out, /consistent with itself; signer unknown/);
});

t.test('a finding exits 2, in words and as JSON', async (t) => {
  const folder = copy(t);
  const [name = ''] = readdirSync(join(folder, 'segments'));
  const segment = join(folder, 'segments', name);
  const bytes = readFileSync(segment);
  bytes.writeUInt8(bytes.readUInt8(1_000) ^ 1, 1_000);
  writeFileSync(segment, bytes);
  const words = await audit('verify', folder, '--key', key);
  t.equal(words.status, 2);
  t.match(words.out, /segment_damaged at segments\/0{16}\.seg, batch \d+: the checksum does not fit/);
  t.match(words.out, /NOT VERIFIED/);
  const json = await audit('verify', folder, '--key', key, '--json');
  t.equal(json.status, 2);
  t.match(JSON.parse(json.out), {
    outcome: 'finding',
    logs: [{ origin, signer: 'given', findings: [{ code: String }] }],
  });
});

t.test('a checkpoint that was kept finds a rollback', async (t) => {
  const folder = copy(t);
  forge(folder, origin, 1, readBatches(folder).slice(0, 4), keys);
  t.equal((await audit('verify', folder, '--key', key)).status, 0);
  const { status, out } = await audit('verify', folder, '--key', key, '--since', join(log, 'checkpoint'));
  t.equal(status, 2);
  t.match(out, /remembered_rollback/);
});

t.test('several logs want several keys', async (t) => {
  const pem = join(t.testdir(), 'other.pub');
  writeFileSync(pem, freshKeys().signerPublic.export({ type: 'spki', format: 'pem' }));
  t.equal((await audit('verify', log, '--key', pem, '--key', key)).status, 0);
  t.equal((await audit('verify', log, '--key', pem)).status, 2);
});

t.test('usage errors exit 64', async (t) => {
  for (const [args, message] of [
    [['verify'], /missing required argument/],
    [['verify', '/nonexistent'], /expected the folder of an audit log/],
    [['verify', state], /has no part of one/],
    [['verify', log, '--key', '/nonexistent'], /cannot read/],
    [['verify', log, '--key', 'sha256:12'], /64 hex digits/],
    [['verify', log, '--since', '/nonexistent'], /cannot read/],
    [['verify', log, '--bogus'], /unknown option/],
  ] as const) {
    const { status, err } = await audit(...args);
    t.equal(status, 64, args.join(' '));
    t.match(err, message);
  }
});

t.test('entries are shown by exchange, hold and number', async (t) => {
  const shown = await audit('show', exchange(1), '--dir', log);
  t.equal(shown.status, 0, shown.err);
  t.match(shown.out, /^1 \d{4}-\d\d-\d\dT\S+Z decision\n[\s\S]*verdict: allow[\s\S]*\n3 \S+ response\n/);
  const lines = (await audit('show', 'h_one', '--dir', log, '--json')).out.trim().split('\n');
  t.same(
    lines.map((line) => JSON.parse(line).transition ?? JSON.parse(line).verdict),
    ['opened', 'approved', 'consumed', 'allow'],
  );
  const none = await audit('show', 'nothing', '--dir', log);
  t.not(none.status, 0);
  t.match(none.err, /no entry of .* has the exchange, hold or sequence number nothing/);
});

t.test('evidence is written, a folder for each entry', async (t) => {
  const out = join(t.testdir(), 'evidence');
  t.equal((await audit('prove', '1', '--dir', log, '-o', out)).status, 0);
  for (const file of ['entry.json', 'bundle.json', 'key.pub', 'trusted_root.json', 'checkpoint', 'VERIFY.md'])
    t.ok(existsSync(join(out, file)), file);
  t.match(JSON.parse(readFileSync(join(out, 'entry.json'), 'utf8')), { seq: 1, verdict: 'allow' });
  t.equal((await audit('prove', exchange(1), '--dir', log, '-o', join(out, 'all'))).status, 0);
  t.same(readdirSync(join(out, 'all')).sort(), ['1', '3']);
});

t.test('the schema of an entry is printed', async (t) => {
  const { status, out } = await audit('schema');
  t.equal(status, 0);
  t.match(JSON.parse(out), { $schema: /2020-12/, oneOf: Array });
});
