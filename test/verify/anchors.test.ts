import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { proveEntry } from '../../plugin/audit/prove.ts';
import { stampAnchor } from '../../plugin/audit/timestamp.ts';
import { verifyEvidence } from '../../plugin/verify/evidence.ts';
import { readTrusted } from '../../plugin/verify/identity.ts';
import { readStampRoots } from '../../plugin/verify/stamp.ts';
import { outcomeOf } from '../../plugin/verify/summary.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { openAnchored } from './anchored.ts';
import { forge, readBatches } from './forger.ts';
import { readKeys } from './real.ts';
import { origin } from './sample.ts';
import { makeAuthority, noOpenssl, openAuthority } from './tsa.ts';

const cosign = process.env.COSIGN;
const noCosign =
  cosign === undefined ? 'COSIGN names no cosign: go install github.com/sigstore/cosign/v3/cmd/cosign@latest' : false;

/** A log that a real authority stamped at its end, and what a test needs of it. */
async function stamped(t: Test) {
  const state = t.testdir();
  const authority = await openAuthority(join(state, 'tsa'));
  t.teardown(() => authority.close());
  const { log, failures } = await openAnchored(state, (signer, _, onFailed) => [
    stampAnchor(signer, [{ url: authority.url }], onFailed),
  ]);
  const append = () => log.append({ kind: 'deviation', body: { state: 'opened', what: 'test', detail: '', count: 1 } });
  await append();
  await append();
  await log.close();
  t.same(failures, []);
  const folder = join(state, 'audit');
  const sizes = readdirSync(join(folder, 'anchors'))
    .map(Number)
    .sort((one, other) => one - other);
  return {
    state,
    folder,
    root: authority.root,
    last: String(sizes.at(-1)),
    key: readFileSync(join(folder, 'key.pub'), 'utf8'),
  };
}

t.test('stamps of an authority', { skip: noOpenssl }, async (t) => {
  const { state, folder, root, last, key } = await stamped(t);
  const judge = async (path: string, brought: { readonly tsaRoots?: string } = { tsaRoots: root }) => {
    const report = await verifyLog(path, { key, ...brought });
    return { report, outcome: outcomeOf([report]), codes: [...new Set(report.findings.map(({ code }) => code))] };
  };
  const copied = (t: Test) => {
    const copy = join(t.testdir(), 'audit');
    cpSync(folder, copy, { recursive: true });
    return { copy, bundle: join(copy, 'anchors', last, 'checkpoint.bundle.json') };
  };
  const changed = (file: string, change: (text: string) => string) =>
    writeFileSync(file, change(readFileSync(file, 'utf8')));

  await t.test('cover a closed log whole, and say when', async (t) => {
    const { report, outcome } = await judge(folder);
    t.same(report.findings, []);
    t.equal(outcome, 'verified');
    t.match(report.anchors, { judged: true, covered: report.batches, stamped: /^20\d\d-/, from: null });
    t.equal(report.unanchored, 0);
  });

  await t.test('prove nothing to whoever trusts nobody, or somebody else', async (t) => {
    t.match(await judge(folder, {}), {
      outcome: 'tail',
      codes: [],
      report: { anchors: { judged: false, covered: 0 } },
    });
    const other = makeAuthority(join(state, 'other'), 'ec');
    t.match(await judge(folder, { tsaRoots: other }), { outcome: 'tail', codes: [], report: { anchors: { from: 0 } } });
  });

  await t.test('that are stripped leave a tail that is named', async (t) => {
    const { copy } = copied(t);
    for (const size of readdirSync(join(copy, 'anchors')).slice(1))
      rmSync(join(copy, 'anchors', size), { recursive: true });
    const { outcome, report } = await judge(copy);
    if (last !== '1')
      t.match([outcome, (report.unanchored ?? 0) > 0, (report.anchors?.from ?? 0) > 0], ['tail', true, true]);
    rmSync(join(copy, 'anchors'), { recursive: true });
    t.equal((await judge(copy)).outcome, 'tail', 'none left');
  });

  await t.test('that are altered are findings', async (t) => {
    const { copy, bundle } = copied(t);
    const stamp = /("signedTimestamp": ")([^"]+)/;
    const flipped = (at: (length: number) => number) => (text: string) =>
      text.replace(stamp, (_, head: string, body: string) => {
        const bytes = Buffer.from(body, 'base64');
        bytes[at(bytes.length)] = (bytes[at(bytes.length)] ?? 0) ^ 1;
        return head + bytes.toString('base64');
      });
    const rows: readonly [string, (text: string) => string, string][] = [
      ['its signature', flipped((length) => length - 9), 'anchor_stamp'],
      [
        'cut short',
        (text) => text.replace(stamp, (_, head: string, body: string) => head + body.slice(0, 400)),
        'anchor_stamp',
      ],
      ['not base64', (text) => text.replace('"signedTimestamp": "', '"signedTimestamp": "!'), 'anchor_malformed'],
      ['another member', (text) => text.replace('"tlogEntries": []', '"tlogEntries": [1]'), 'anchor_malformed'],
      ['no stamp', (text) => text.replace(/\{\s*"signedTimestamp": "[^"]+"\s*\}/, ''), 'anchor_malformed'],
      [
        'another signature',
        (text) =>
          text.replace(/("signature": ")([^"]+)/, (_, head: string, body: string) => {
            const bytes = Buffer.from(body, 'base64');
            bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
            return head + bytes.toString('base64');
          }),
        'anchor_signature',
      ],
    ];
    const good = readFileSync(bundle);
    for (const [name, change, code] of rows) {
      changed(bundle, change);
      t.match((await judge(copy)).codes, [code], name);
      writeFileSync(bundle, good);
    }
    rmSync(join(copy, 'anchors', last, 'checkpoint'));
    t.match((await judge(copy)).codes, ['anchor_malformed'], 'no checkpoint');
    mkdirSync(join(copy, 'anchors', '999'));
    cpSync(join(folder, 'anchors', last, 'checkpoint'), join(copy, 'anchors', '999', 'checkpoint'));
    cpSync(bundle, join(copy, 'anchors', '999', 'checkpoint.bundle.json'));
    rmSync(join(copy, 'anchors', last), { recursive: true });
    t.match((await judge(copy)).codes, ['anchor_malformed'], 'a size that it does not cover');
    writeFileSync(join(copy, 'anchors', 'x'), '');
    t.ok((await judge(copy)).codes.includes('file_foreign'));
  });

  await t.test('find a rollback and a fork by whoever has all keys', async (t) => {
    const { copy } = copied(t);
    const batches = readBatches(copy);
    forge(copy, origin, 1, batches.slice(0, -1), readKeys(state));
    t.ok((await judge(copy)).codes.includes('anchor_ahead'), 'the last batch is dropped');
    const reordered = [batches[0], ...batches.slice(1).reverse()].flatMap((one) => one ?? []);
    forge(copy, origin, 1, reordered, readKeys(state));
    t.ok((await judge(copy)).codes.includes('anchor_root'), 'another history');
  });

  await t.test('go with evidence, for our verifier and for stock cosign', async (t) => {
    const evidence = t.testdir();
    const files = await proveEntry(folder, 1, root);
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(evidence, name), bytes);
    const roots = readStampRoots(root);
    const trusted = readTrusted([key]);
    t.match(verifyEvidence(evidence, trusted, roots), { findings: [], stamped: /^20\d\d-/ });
    t.match(verifyEvidence(evidence, trusted), { findings: [], stamped: null });
    changed(join(evidence, 'checkpoint.bundle.json'), (text) =>
      text.replace('"signedTimestamp": "M', '"signedTimestamp": "N'),
    );
    t.match(verifyEvidence(evidence, trusted, roots), { findings: [{ code: 'anchor_stamp' }], stamped: null });
  });

  await t.test('are what cosign verifies offline', { skip: noCosign }, async (t) => {
    const evidence = t.testdir();
    for (const [name, bytes] of Object.entries(await proveEntry(folder, 1, root)))
      writeFileSync(join(evidence, name), bytes);
    const verify = (...args: readonly string[]) =>
      execFileSync(String(cosign), args, { cwd: evidence, stdio: 'pipe', env: { HOME: evidence, PATH: '' } });
    const common = ['--key', 'key.pub', '--trusted-root', 'trusted_root.json'];
    verify(
      'verify-blob-attestation',
      '--bundle',
      'bundle.json',
      ...common,
      '--type',
      'https://countersign.dev/audit/batch/v1',
      'entry.json',
    );
    const stamps = ['--use-signed-timestamps', '--insecure-ignore-tlog'];
    verify('verify-blob', '--bundle', 'checkpoint.bundle.json', ...common, ...stamps, 'checkpoint');
    writeFileSync(join(evidence, 'checkpoint'), 'other');
    t.throws(() => verify('verify-blob', '--bundle', 'checkpoint.bundle.json', ...common, ...stamps, 'checkpoint'));
  });
});
