import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { readCheckpoint } from '../../plugin/audit/checkpoint.ts';
import { commitmentOf, saltOf } from '../../plugin/audit/commit.ts';
import { directoryStore } from '../../plugin/audit/directory.ts';
import { openLog } from '../../plugin/audit/log.ts';
import { openOpenings } from '../../plugin/audit/openings.ts';
import { headerBytes, readRecord } from '../../plugin/audit/segment.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { event, type Fault, faulty, type Operation, parts, partsWithOpenings } from './parts.ts';

/** Batches in the segments of a log. */
function batches(state: string): { entries: string[] }[] {
  const folder = join(state, 'audit', 'segments');
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const bytes = readFileSync(join(folder, name));
      const found: { entries: string[] }[] = [];
      for (let at = headerBytes; at < bytes.length; ) {
        const read = readRecord(bytes, at);
        if (read === null) throw new Error(`no record at ${at} of ${name}`);
        found.push({ entries: read.record.entries.map(String) });
        at = read.end;
      }
      return found;
    });
}

t.test('entries stand in the order of the calls, between boot and close, and our verifier agrees', async (t) => {
  const state = t.testdir();
  const log = await openLog(await partsWithOpenings(state));
  const receipts = await Promise.all(
    Array.from({ length: 300 }, (_, count) =>
      log.append({ ...event(count), committed: { body: Buffer.from([count]) } }),
    ),
  );
  t.same(
    receipts.map(({ seq }) => seq),
    Array.from({ length: 300 }, (_, at) => at + 1),
  );
  for (const seq of [1, 150, 300]) {
    const entry = await log.entry(seq);
    t.match(entry, { kind: 'deviation', seq, count: seq - 1, origin: log.origin, epoch: log.epoch });
    t.equal(createHash('sha256').update(JSON.stringify(entry)).digest('hex'), receipts[seq - 1]?.digest);
  }
  await log.close();
  const kinds = batches(state).flatMap(({ entries }) => entries.map((it) => JSON.parse(it).kind));
  t.same([kinds[0], kinds[1], kinds.at(-1), kinds.length], ['boot', 'deviation', 'close', 302]);
  const report = await verifyLog(join(state, 'audit'), { key: readFileSync(join(state, 'audit', 'key.pub'), 'utf8') });
  t.same(report.findings, []);
  t.match(report, { entries: 302, tail: 0, signer: 'given', torn: 0 });
});

t.test('what arrives while a batch is written is the next one, 256 entries at most', async (t) => {
  const state = t.testdir();
  const log = await openLog(parts(state));
  await Promise.all(Array.from({ length: 600 }, (_, count) => log.append(event(count))));
  await log.close();
  t.same(
    batches(state).map(({ entries }) => entries.length),
    [1, 256, 256, 88, 1],
  );
});

t.test('a batch is 4 MiB at most', async (t) => {
  const state = t.testdir();
  const log = await openLog(parts(state));
  const labels = [1, 2, 3].map((k) => ({ k: `${k}`, v: 'v'.repeat(16_000) }));
  const body = {
    verdict: 'deny',
    rule: '',
    reason: 'r'.repeat(16_000),
    bundle: '',
    method: '',
    authority: '',
    path: '',
  };
  const large = { kind: 'decision' as const, body: { ...body, route: '', commands: [], release: 'skip', labels } };
  await Promise.all(Array.from({ length: 150 }, () => log.append(large)));
  await log.close();
  const sizes = batches(state).map(({ entries }) => entries.reduce((sum, it) => sum + it.length, 0));
  t.ok(Math.max(...sizes) <= 4 * 1024 * 1024, `${Math.max(...sizes)} bytes`);
  t.equal(sizes.length, 5);
});

t.test('an event that makes no entry is refused alone', async (t) => {
  const state = t.testdir();
  const log = await openLog(parts(state));
  const [one, bad, two] = await Promise.allSettled([
    log.append(event(1)),
    log.append({ kind: 'decision', body: { canary: 1 } }),
    log.append(event(2)),
  ]);
  t.match(one, { status: 'fulfilled', value: { seq: 1 } });
  t.match(bad, { status: 'rejected', reason: { code: 'audit_overload' } });
  t.match(two, { status: 'fulfilled', value: { seq: 2 } });
  t.match(await log.append(event(3)), { seq: 3 });
  await log.close();
});

t.test('nothing is acknowledged before the segment is synced', async (t) => {
  const store = faulty(t.testdir());
  const synced = Promise.withResolvers<void>();
  let gate = false;
  const log = await openLog(
    parts(t.testdirName, {
      store: {
        ...store,
        async sync(path) {
          if (gate) await synced.promise;
          await store.sync(path);
        },
      },
    }),
  );
  gate = true;
  let acknowledged = false;
  const receipt = log.append(event(1)).then(() => {
    acknowledged = true;
  });
  // The bytes are in the file, the disk has not said so.
  while (batches(t.testdirName).length < 2) await new Promise(setImmediate);
  await new Promise(setImmediate);
  t.equal(acknowledged, false);
  synced.resolve();
  await receipt;
  await log.close();
});

const faults: readonly [Operation, Fault][] = [
  ['append', 'before'],
  ['append', 'after'],
  ['sync', 'before'],
  ['sync', 'after'],
];

for (const [operation, fault] of faults)
  t.test(`a segment whose ${operation} fails ${fault} its effect is never written again`, async (t) => {
    const state = t.testdir();
    const store = faulty(state);
    const told: Error[] = [];
    const log = await openLog(parts(state, { store, onBroken: (error) => told.push(error) }));
    const before = await log.append(event(1));
    store.arm(operation, /^segments\//, fault);
    const lost = await Promise.allSettled(Array.from({ length: 300 }, (_, count) => log.append(event(count))));
    for (const one of lost) t.match(one, { status: 'rejected', reason: { code: 'audit_broken' } });
    await t.rejects(log.append(event(2)), { code: 'audit_broken' });
    await log.close();
    t.equal(store.late(), 0, 'no write after the failure');
    t.equal(told.length, 1, 'the operator is told once');

    const again = await openLog(parts(state));
    t.match(await again.entry(before.seq), { seq: before.seq });
    const next = await again.append(event(3));
    await again.close();
    t.ok(next.seq > before.seq);
    t.same((await verifyLog(join(state, 'audit'))).findings, []);
  });

t.test('a checkpoint that can not be published breaks the log, and leaves nobody waiting', async (t) => {
  const state = t.testdir();
  const store = faulty(state);
  const broken = Promise.withResolvers<Error>();
  const log = await openLog(parts(state, { store, onBroken: broken.resolve }));
  await log.append(event(0));
  store.arm('replace', /^checkpoint$/, 'before');
  let failure: Error | null = null;
  void broken.promise.then((error) => {
    failure = error;
  });
  // More than a batch each time, so that some wait when it breaks.
  while (failure === null) {
    const wave = await Promise.allSettled(Array.from({ length: 600 }, (_, count) => log.append(event(count))));
    for (const one of wave) if (one.status === 'rejected') t.match(one.reason, { code: 'audit_broken' });
  }
  await t.rejects(log.append(event(1)), { code: 'audit_broken' });
  await log.close();
});

t.test('openings that can not be kept break the log before anything is acknowledged', async (t) => {
  const state = t.testdir();
  const openings = {
    put: () => Promise.reject(new Error('disk full')),
    get: async () => null,
    kept: async () => [],
    erase: async () => {},
    truncate: async () => {},
  };
  const log = await openLog(parts(state, { openings: { ...openings, close: async () => {} } }));
  t.match(await log.append(event(1)), { seq: 1 }, 'an entry with nothing committed does not need them');
  await t.rejects(log.append({ ...event(2), committed: { query: Buffer.from('q') } }), { code: 'audit_broken' });
  await log.close();
  t.same(
    batches(state).map(({ entries }) => entries.length),
    [1, 1],
  );
});

t.test('openings are there for every acknowledged entry', async (t) => {
  const state = t.testdir();
  const log = await openLog(await partsWithOpenings(state));
  const { seq } = await log.append({ ...event(1), committed: { query: Buffer.from('canary=1') } });
  await log.close();
  const openings = await openOpenings(join(state, 'openings.db'));
  t.same((await openings.get(seq))?.values.query, Buffer.from('canary=1'));
  await openings.close();
});

t.test('who has the log and guesses a value can not tell that the guess is right', async (t) => {
  const state = t.testdir();
  const log = await openLog(await partsWithOpenings(state));
  const canary = Buffer.from('canary=123-45-6789');
  for (const count of [1, 2]) await log.append({ ...event(count), committed: { query: canary, body: canary } });
  await log.close();
  const files = readdirSync(join(state, 'audit'), { recursive: true, withFileTypes: true }).filter((it) => it.isFile());
  const all = files.map((it) => readFileSync(join(it.parentPath, it.name), 'latin1')).join('\n');
  // Plain digests, and with every label that the format names but no secret.
  const guesses = [
    canary,
    ...['sha1', 'sha256', 'sha512'].map((algorithm) => createHash(algorithm).update(canary).digest()),
    createHmac('sha256', '').update(canary).digest(),
    Buffer.from(commitmentOf(Buffer.alloc(32), 'query', canary), 'base64url'),
    Buffer.from(commitmentOf(saltOf(Buffer.alloc(32), 'query'), 'query', canary), 'base64url'),
  ];
  for (const guess of guesses)
    for (const text of ['latin1', 'hex', 'base64', 'base64url'] as const)
      t.notOk(all.includes(guess.toString(text).replace(/=+$/, '')));
  const commitments = [...all.matchAll(/"c":"([A-Za-z0-9_-]{43})"/g)].map(([, it]) => it);
  t.equal(new Set(commitments).size, 4, 'nor that two values are equal');
});

t.test('time never goes back', async (t) => {
  const state = t.testdir();
  const clock = [5_000, 9_000, 4_000, 3_000];
  let now = 5_000;
  const log = await openLog(parts(state, { now: () => now }));
  for (const time of clock) {
    now = time;
    await log.append(event(time));
  }
  await log.close();
  now = 1_000;
  await (await openLog(parts(state, { now: () => now }))).close();
  const times = batches(state).flatMap(({ entries }) => entries.map((it) => JSON.parse(it).time));
  t.same(times, [5_000, 5_000, 9_000, 9_000, 9_000, 9_000, 9_000, 9_000]);
});

t.test('an entry that is not what was signed is not given out', async (t) => {
  const state = t.testdir();
  const log = await openLog(parts(state));
  const { seq } = await log.append(event(1));
  const [name = ''] = readdirSync(join(state, 'audit', 'segments'));
  const file = join(state, 'audit', 'segments', name);
  const bytes = readFileSync(file);
  const at = bytes.lastIndexOf('"opened"');
  bytes[at + 1] = 0x41;
  writeFileSync(file, bytes);
  await t.rejects(log.entry(seq), { code: 'audit_damaged' });
  for (const unknown of [seq + 1, -1, 0.5, Number.NaN, 2 ** 60])
    await t.rejects(log.entry(unknown), { code: 'audit_unknown' });
  await log.close();
});

t.test('an entry is not given out for another of the same log', async (t) => {
  const state = t.testdir();
  const log = await openLog(parts(state));
  const one = await log.append(event(1));
  await log.append(event(2));
  const [name = ''] = readdirSync(join(state, 'audit', 'segments'));
  const file = join(state, 'audit', 'segments', name);
  const bytes = readFileSync(file);
  const ends: number[] = [];
  for (let at = headerBytes; at < bytes.length; ) {
    ends.push(at);
    at = readRecord(bytes, at)?.end ?? bytes.length;
  }
  // The second event's batch, whole and signed, in the place of the first one's.
  const [, from = 0, to = 0] = ends;
  writeFileSync(file, Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
  await t.rejects(log.entry(one.seq), { code: 'audit_damaged' });
  await log.close();
});

t.test('the last entry is close, and a closed log takes nothing more', async (t) => {
  const state = t.testdir();
  const log = await openLog(parts(state));
  const late: Promise<unknown>[] = [];
  const closing = log.close();
  late.push(log.append(event(1)).catch((error) => error.code));
  await closing;
  late.push(log.append(event(2)).catch((error) => error.code));
  await log.close();
  t.same(await Promise.all(late), ['audit_broken', 'audit_broken']);
  t.equal(JSON.parse(batches(state).at(-1)?.entries.at(-1) ?? '{}').kind, 'close');
  const { size } = readCheckpoint(readFileSync(join(state, 'audit', 'checkpoint'), 'utf8')) ?? {};
  t.equal(size, batches(state).length, 'and the checkpoint covers it');
});

t.test('more than may wait is refused at once, and the rest is written', async (t) => {
  const state = t.testdir();
  const log = await openLog(parts(state));
  const all = await Promise.allSettled(Array.from({ length: 20_010 }, (_, count) => log.append(event(count))));
  const refused = all.filter(({ status }) => status === 'rejected');
  t.equal(refused.length, 10);
  t.match(refused[0], { reason: { code: 'audit_overload' } });
  t.match(await log.append(event(1)), { seq: 20_001 });
  await log.close();
});

t.test('a log that is idle says each minute that it is alive, also when the clock was set back', async (t) => {
  const state = t.testdir();
  let now = 1_000_000;
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const log = await openLog(parts(state, { now: () => now }));
  const beat = async (step: number) => {
    now += step;
    mock.timers.tick(1_000);
    // What the beat waits for, an entry of ours waits for too.
    await log.append(event(1));
  };
  await beat(59_999);
  await beat(60_000);
  await beat(-70_000);
  await log.close();
  t.same(
    batches(state).flatMap(({ entries }) => entries.map((it) => JSON.parse(it).kind)),
    ['boot', 'deviation', 'heartbeat', 'deviation', 'heartbeat', 'deviation', 'close'],
  );
});

t.test('a segment is followed by the next one after an hour', async (t) => {
  const state = t.testdir();
  let now = 1_000_000;
  const log = await openLog(parts(state, { now: () => now }));
  await log.append(event(1));
  now += 3_600_000;
  const { seq } = await log.append(event(2));
  await log.append(event(3));
  t.match(await log.entry(seq), { count: 2 });
  await log.close();
  t.same(readdirSync(join(state, 'audit', 'segments')), ['0000000000000000.seg', '0000000000000002.seg']);
  t.same((await verifyLog(join(state, 'audit'))).findings, []);
});

t.test('a log that does not open lets go of its parts', { timeout: 5_000 }, async (t) => {
  const state = t.testdir();
  await (await openLog(parts(state))).close();
  writeFileSync(join(state, 'audit', 'checkpoint'), 'x');
  const refused = await partsWithOpenings(state);
  await t.rejects(openLog(refused), { code: 'audit_damaged' });
  await t.rejects(refused.openings.get(0), /closed/);
});

t.test('a disk that hangs: who waits is refused, then the log is broken, and it closes', async (t) => {
  const state = t.testdir();
  mkdirSync(join(state, 'audit'));
  const store = directoryStore(join(state, 'audit'));
  const stuck = new Promise<void>(() => {});
  let hangs = false;
  const told: string[] = [];
  const { promise: broken, resolve: tell } = Promise.withResolvers<void>();
  const log = await openLog(
    parts(state, {
      store: { ...store, sync: (path) => (hangs ? stuck : store.sync(path)) },
      patience: { entry: 0, batch: 1 },
      onBroken({ code }) {
        told.push(code);
        tell();
      },
    }),
  );
  // The log's own timer keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  t.teardown(() => clearInterval(alive));
  hangs = true;
  const [first, second] = [log.append(event(1)), nextTurn().then(() => log.append(event(2)))];
  await t.rejects(first, { code: 'audit_overload', message: /the disk has not answered/ });
  await t.rejects(second, { code: 'audit_overload' });
  t.same(told, [], 'not broken yet');
  await t.rejects(log.append(event(3)), { code: /audit_overload|audit_broken/ });
  await broken;
  t.same(told, ['audit_broken']);
  await t.rejects(log.append(event(4)), { code: 'audit_broken' });
  await log.close();
});
