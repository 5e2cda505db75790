import { createHash } from 'node:crypto';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { readPublicKey } from '../../plugin/verify/dsse.ts';
import { type VerifyOptions, verifyLog, verifyLogs } from '../../plugin/verify/verify.ts';
import { type Batch, forge, freshKeys } from './forger.ts';
import { openReal } from './real.ts';
import { batchesOf, decision, origin, response, story, writeLog } from './sample.ts';

const codes = async (folder: string, options: VerifyOptions = {}): Promise<string[]> => [
  ...new Set((await verifyLog(folder, options)).findings.map(({ code }) => code)),
];

t.test('a good log is verified, and the report says what was in it', async (t) => {
  const folder = t.testdir();
  const { pem } = writeLog(folder);
  const seen: number[] = [];
  const report = await verifyLog(folder, { key: pem }, ({ read, bytes }) => seen.push(read / bytes));
  t.same(report.findings, []);
  t.match(report, {
    origin,
    entries: 11,
    batches: 6,
    size: 6,
    tail: 0,
    torn: 0,
    unanchored: null,
    signer: 'given',
    key: readPublicKey(pem)?.fingerprint,
    from: '2025-01-02T03:04:05.000Z',
    to: '2025-01-02T03:04:05.010Z',
    foreign: [],
    exchanges: { allows: 2, answered: 2, open: 0, holdsConsumed: 1, unasked: 0 },
  });
  t.equal(report.checkpoint?.root, report.root);
  t.equal(seen.at(-1), 1);
});

t.test('whose log it is, is what the reader says', async (t) => {
  const folder = t.testdir();
  const { pem } = writeLog(folder);
  const spki = readPublicKey(pem)?.spki ?? Buffer.alloc(0);
  const fingerprint = `sha256:${createHash('sha256').update(spki).digest('hex')}`;
  const other = freshKeys().signerPublic.export({ type: 'spki', format: 'pem' }).toString();
  t.match(await verifyLog(folder), { signer: 'unknown', findings: [] });
  t.match(await verifyLog(folder, { key: fingerprint }), { signer: 'given', findings: [] });
  t.match(await verifyLog(folder, { key: [other, pem] }), { signer: 'given', findings: [] });
  const found = await codes(folder, { key: other });
  for (const code of ['signer_other', 'writer_signature', 'signature_invalid']) t.ok(found.includes(code), code);
  t.same(await codes(folder, { key: `sha256:${'0'.repeat(64)}` }), ['signer_other']);
  await t.rejects(verifyLog(folder, { key: 'sha256:abc' }), { code: 'usage' });
  await t.rejects(verifyLog(folder, { key: 'no pem' }), { code: 'usage' });
  await t.rejects(verifyLog(join(folder, 'nowhere')), { code: 'usage' });
});

t.test('a tail behind the checkpoint is named and is no finding', async (t) => {
  const folder = t.testdir();
  writeLog(folder, undefined, freshKeys(), origin, 4);
  t.match(await verifyLog(folder), { findings: [], batches: 6, tail: 2, checkpoint: { size: 4 } });
});

t.test('a remembered checkpoint finds rollback and fork', async (t) => {
  const folder = t.testdir();
  const batches = batchesOf(story);
  const { keys, checkpoint } = writeLog(folder, batches);
  t.same(await codes(folder, { since: checkpoint }), []);
  const { checkpoint: early } = forge(folder, origin, 1, batches.slice(0, 3), keys);
  t.same(await codes(folder, { since: checkpoint }), ['remembered_rollback'], 'the tail was cut and all signed again');
  forge(folder, origin, 1, batchesOf([[{ kind: 'heartbeat' }], ...story.slice(1)]), keys);
  t.same(await codes(folder, { since: checkpoint }), ['remembered_fork']);
  t.same(await codes(folder, { since: early }), ['remembered_fork']);
  t.same(await codes(folder, { since: 'nonsense' }), ['remembered_malformed']);
  t.same(await codes(folder, { since: checkpoint.replace('\n6\n', '\n5\n') }), ['remembered_signature']);
  t.same(await codes(folder, { since: checkpoint.replaceAll('e1.', 'e2.') }), ['remembered_fork']);
});

t.test('a large log fills tiles, and its older partial tiles are compared too', async (t) => {
  const folder = t.testdir();
  const many: Batch[] = batchesOf(Array.from({ length: 300 }, () => [{ kind: 'heartbeat' }]));
  const { keys } = writeLog(folder, many);
  t.match(await verifyLog(folder), { findings: [], batches: 300 });
  forge(folder, origin, 1, many, keys);
  writeFileSync(join(folder, 'tile/0/001.p/43'), Buffer.alloc(43 * 32));
  t.same(await codes(folder), ['tile_differs']);
  rmSync(join(folder, 'tile/0/001.p/43'));
  rmSync(join(folder, 'tile/0/000'));
  t.same(await codes(folder), ['tile_missing']);
});

t.test('files that are no part of a log are named', async (t) => {
  const folder = t.testdir();
  writeLog(folder);
  writeFileSync(join(folder, 'notes.txt'), 'hello');
  t.match(await verifyLog(folder), { findings: [], foreign: ['notes.txt'] });
  writeFileSync(join(folder, 'segments/extra.seg'), '');
  writeFileSync(join(folder, 'tile/9'), '');
  t.same(await codes(folder), ['file_foreign', 'tile_beyond']);
});

async function told(t: Test, entries: readonly (readonly object[])[]): Promise<string[]> {
  const folder = t.testdir();
  writeLog(folder, batchesOf(entries));
  return codes(folder);
}

t.test('an allow without a response is open, not a finding', async (t) => {
  const folder = t.testdir();
  writeLog(folder, batchesOf([[decision(1), decision(2), response(1, 0)]]));
  t.match(await verifyLog(folder), { findings: [], exchanges: { allows: 2, open: 1, openAt: [`${origin}/1`] } });
});

t.test('a response belongs to one allow, its exchange and its plan', async (t) => {
  t.same(await told(t, [[response(1, 0)]]), ['response_unknown_decision']);
  t.same(await told(t, [[response(1, 1), decision(1)]]), ['response_unknown_decision']);
  t.same(await told(t, [[decision(1, { verdict: 'deny' }), response(1, 0)]]), ['response_not_allowed']);
  t.same(await told(t, [[decision(1, { release: 'skip' }), response(1, 0)]]), ['response_not_allowed']);
  t.same(await told(t, [[decision(1), response(1, 0), response(1, 0)]]), ['response_repeated']);
  t.same(await told(t, [[decision(1), response(2, 0)]]), ['response_exchange']);
  t.same(await told(t, [[decision(1), response(1, 0, { planDigest: 'ee'.repeat(32) })]]), ['response_plan']);
  t.same(await told(t, [[decision(1), response(1, 0, { planDigest: undefined })]]), ['response_plan']);
});

t.test('exchanges are followed across logs', async (t) => {
  const [one, other] = [t.testdir({ one: {}, other: {} }), 'e1.other.example.org'];
  writeLog(join(one, 'one'), batchesOf([[decision(1)], [decision(2)]]));
  writeLog(
    join(one, 'other'),
    batchesOf([[response(1, 0), response(3, 9, { decision: { origin: 'e1.third.example.org', seq: 9 } })]], other),
    freshKeys(),
    other,
  );
  for (const order of [
    ['one', 'other'],
    ['other', 'one'],
  ]) {
    const { logs, exchanges } = await verifyLogs(order.map((name) => join(one, name)));
    t.same(
      logs.flatMap(({ findings }) => findings),
      [],
    );
    t.match(exchanges, { allows: 2, answered: 1, open: 1, openAt: [`${origin}/1`], elsewhere: 1 });
  }
  await t.rejects(verifyLogs([join(one, 'one'), join(one, 'one')]), { code: 'usage', message: /the same log/ });
  t.match((await verifyLog(join(one, 'other'))).exchanges, { elsewhere: 2 });
});

t.test('a log is verified while it is being written', async (t) => {
  const state = t.testdir();
  const log = await openReal(state);
  let ended = false;
  const writing = (async () => {
    while (!ended) await Promise.all([1, 2, 3].map(() => log.append({ kind: 'heartbeat', body: {} })));
  })();
  const until = performance.now() + 2_300;
  let verified = 0;
  while (performance.now() < until) {
    const { findings } = await verifyLog(join(state, 'audit'));
    if (findings.length > 0) t.fail(findings[0]?.message ?? '');
    verified += 1;
    await setImmediate();
  }
  ended = true;
  await writing;
  await log.close();
  t.ok(verified > 1);
  t.match(await verifyLog(join(state, 'audit')), { findings: [], tail: 0 });
});

t.test('a file without an end does not hold the verifier up', async (t) => {
  const folder = t.testdir();
  writeLog(folder);
  rmSync(join(folder, 'trusted_root.json'));
  symlinkSync('/dev/zero', join(folder, 'trusted_root.json'));
  t.same(await codes(folder), ['file_missing']);
});
