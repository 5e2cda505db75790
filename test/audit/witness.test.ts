import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readWitnessKey, type Witness, witnessAnchor } from '../../plugin/audit/witness.ts';
import { outcomeOf } from '../../plugin/verify/summary.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { openAnchored } from '../verify/anchored.ts';
import { event } from './parts.ts';
import { noLitewitness, openLitewitness, openTestWitness } from './witnesses.ts';

/** Runs a log with witnesses: `batches` are appended, then it is closed, which anchors its end. */
async function run(state: string, witnesses: readonly Witness[], batches = 3): Promise<readonly unknown[]> {
  const { log, failures } = await openAnchored(state, (_, store, onFailed) => [
    witnessAnchor(store, witnesses, onFailed),
  ]);
  for (let at = 0; at < batches; at += 1) await log.append(event(at));
  await log.close();
  return failures;
}

async function judged(state: string, ...witnesses: readonly string[]) {
  const folder = join(state, 'audit');
  const report = await verifyLog(folder, { key: readFileSync(join(folder, 'key.pub'), 'utf8'), witnesses });
  return { report, outcome: outcomeOf([report]) };
}

async function opened(t: Test, name?: string) {
  const witness = await openTestWitness(name);
  t.teardown(() => witness.close());
  return witness;
}

t.test('checkpoints are cosigned, over restarts, in the folder and in the published checkpoint', async (t) => {
  const [state, witness] = [t.testdir(), await opened(t)];
  t.same(await run(state, [witness]), []);
  t.same(await run(state, [witness], 300), []);
  t.match(readFileSync(join(state, 'audit', 'checkpoint'), 'utf8'), /\n\u2014 witness\.example\.com \S+\n$/);
  t.match(await judged(state, witness.vkey), { outcome: 'verified', report: { findings: [], unanchored: 0 } });
  t.match(witness.asked.at(-1), /^old [1-9]\d*\n([A-Za-z0-9+/]{43}=\n)+\ne1\.gateway\.example\.org\n30\d\n/);
  const other = await opened(t, 'other.example.com');
  t.match(await judged(state, witness.vkey, other.vkey), { outcome: 'tail', report: { anchors: { covered: 0 } } });
});

t.test('each of several witnesses cosigns; one that fails is told, and the others count', async (t) => {
  const [state, one, two] = [t.testdir(), await opened(t), await opened(t, 'two.example.com')];
  t.same(await run(state, [one, two]), []);
  t.equal((await judged(state, one.vkey, two.vkey)).outcome, 'verified');
  two.answer(() => ({ status: 500, body: '' }));
  t.match(await run(state, [one, two]), [{ message: /answered 500/ }]);
  t.equal((await judged(state, one.vkey)).outcome, 'verified');
  t.match(await judged(state, one.vkey, two.vkey), { outcome: 'tail', report: { findings: [] } });
});

t.test('an answer that is no cosignature is no anchor, and does not stop the log', async (t) => {
  const witness = await opened(t);
  const stranger = await opened(t);
  for (const [status, body, message] of [
    [403, '', /answered 403/],
    [404, 'unknown log', /answered 404/],
    [200, '', /without a cosignature/],
    [200, '\u2014 witness.example.com AAAA\n', /without a cosignature/],
    [200, 'x'.repeat(70_000), /longer than 65536/],
    [409, '9999\n', /seen 9999 batches, .* rolled back, or forked/],
    [409, 'many\n', /answered 409/],
  ] as const) {
    const state = t.testdir({});
    witness.answer(() => ({ status, body }));
    t.match(
      (await run(`${state}/${message.source.length}${status}${body.length}`, [witness]))[0],
      { message },
      String(message),
    );
  }
  witness.answer((answer) => answer);
  const state = t.testdir();
  const failures = await run(state, [{ url: witness.url, vkey: stranger.vkey }]);
  t.match(failures[0], { message: /without a cosignature/ }, 'of another key');
  t.match(await judged(state), { outcome: 'verified', report: { findings: [] } });
});

t.test('a verifier key is read strictly', async (t) => {
  const { vkey } = await opened(t);
  t.match(readWitnessKey(vkey), { name: 'witness.example.com' });
  for (const wrong of ['', vkey.slice(1), vkey.replace(/\+.{8}\+/, '+00000000+'), `${vkey}=`, vkey.replace('+', ' ')])
    t.equal(readWitnessKey(wrong), null, wrong);
  t.throws(
    () =>
      witnessAnchor(
        { list: async () => [], read: async () => Buffer.alloc(0) },
        [{ url: 'http://x', vkey: 'x' }],
        () => {},
      ),
    {
      code: 'config_invalid',
    },
  );
});

t.test('litewitness cosigns, over a restart', { skip: noLitewitness }, async (t) => {
  const state = t.testdir();
  await run(state, []).catch(() => {});
  const logKey = readFileSync(join(state, 'audit', 'vkey'), 'utf8').trim();
  const witness = await openLitewitness(join(state, 'w'), 'e1.gateway.example.org', logKey);
  t.teardown(() => witness.close());
  t.same(await run(state, [witness]), []);
  t.same(await run(state, [witness], 300), []);
  t.match(await judged(state, witness.vkey), { outcome: 'verified', report: { findings: [], unanchored: 0 } });
});
