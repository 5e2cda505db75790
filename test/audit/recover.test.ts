import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openChain } from '../../plugin/audit/chain.ts';
import { checkpointOf, readCheckpoint } from '../../plugin/audit/checkpoint.ts';
import { directoryStore } from '../../plugin/audit/directory.ts';
import { fileSigner } from '../../plugin/audit/file-signer.ts';
import { privateKey } from '../../plugin/audit/keyfile.ts';
import { openLog } from '../../plugin/audit/log.ts';
import { scan, segmentName } from '../../plugin/audit/recover.ts';
import { frame, headerBytes, readRecord } from '../../plugin/audit/segment.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { event, parts } from './parts.ts';

const segments = (state: string): string[] =>
  readdirSync(join(state, 'audit', 'segments'))
    .sort()
    .map((name) => join(state, 'audit', 'segments', name));

/** Where records begin in a segment, and where the last one ends. */
function offsets(file: string): number[] {
  const bytes = readFileSync(file);
  const found = [headerBytes];
  for (let at = headerBytes; at < bytes.length; ) {
    at = readRecord(bytes, at)?.end ?? bytes.length;
    found.push(at);
  }
  return found;
}

/** A log of `count` events, closed, in a folder of its own; its checkpoint is taken away where `published` is false. */
async function written(state: string, count: number, published = true): Promise<string> {
  const log = await openLog(parts(state));
  for (let at = 0; at < count; at += 1) await log.append(event(at));
  await log.close();
  if (!published) rmSync(join(state, 'audit', 'checkpoint'));
  return state;
}

/** Opens a log, and closes it again; the `boot` entry. */
async function reopened(state: string) {
  const log = await openLog(parts(state));
  const boot = await log.entry(log.entries - 1);
  await log.close();
  return boot;
}

t.test('a segment is named by its first batch', async (t) => t.equal(segmentName(42), 'segments/0000000000000042.seg'));

t.test('a tail torn at any byte is found, and what was acknowledged before it is kept', async (t) => {
  const state = await written(t.testdir(), 2, false);
  const [file = ''] = segments(state);
  const bytes = readFileSync(file);
  const [start = 0, end = 0] = offsets(file).slice(-2);
  const signer = fileSigner(join(state, 'signer.pem'), false);
  for (let length = start + 1; length < end; length += 1) {
    const store = { ...directoryStore(join(state, 'audit')), read: async () => bytes.subarray(0, length) };
    const chain = openChain('e1.gate.audit.example', 1, signer);
    const { torn } = await scan(store, chain, signer);
    if (torn?.end !== start || torn.bytes !== length || chain.nextSeq !== 3) t.fail(`cut at ${length}`);
  }
});

t.test('a torn tail is cut off and reported: it was never acknowledged', async (t) => {
  const folder = t.testdir();
  const origin = await written(join(folder, 'origin'), 2, false);
  const [start = 0, end = 0] = offsets(segments(origin)[0] ?? '').slice(-2);
  for (const length of [start, start + 1, start + 8, start + 9, end - 1]) {
    const state = join(folder, 'cut');
    cpSync(origin, state, { recursive: true });
    truncateSync(segments(state)[0] ?? '', length);
    t.match(await reopened(state), { kind: 'boot', seq: 3, droppedBytes: length - start }, `cut at ${length}`);
    t.match(await verifyLog(join(state, 'audit')), { findings: [], torn: 0 });
    rmSync(state, { recursive: true });
  }
});

t.test('a tail of zeros, or of noise, is torn too', async (t) => {
  for (const tail of [
    Buffer.alloc(5_000),
    Buffer.alloc(100, 0xff),
    Buffer.from('CSAUDIT1'),
    Buffer.from([0, 0, 0, 200, 1]),
  ]) {
    const state = await written(t.testdir(), 1);
    appendFileSync(segments(state)[0] ?? '', tail);
    t.match(await reopened(state), { kind: 'boot', droppedBytes: tail.length });
    t.match(await verifyLog(join(state, 'audit')), { findings: [], torn: 0 });
  }
});

t.test('a segment that was only begun is begun again', async (t) => {
  for (const length of [0, 1, headerBytes - 1, headerBytes]) {
    const state = await written(t.testdir(), 1);
    const path = join(state, 'audit', segmentName(3));
    writeFileSync(path, Buffer.from('CSAUDIT1\0\0\0\0\0\0\0\x03', 'latin1').subarray(0, length));
    t.match(await reopened(state), { kind: 'boot', seq: 3 }, `${length} bytes`);
    t.same((await verifyLog(join(state, 'audit'))).findings, []);
  }
});

t.test('damage that is no torn tail is refused, says what to do, and nothing is changed', async (t) => {
  const folder = t.testdir();
  const origin = await written(join(folder, 'origin'), 3);
  await reopened(origin);
  const [first = '', last = ''] = segments(origin);
  const flip = (file: string, at: number) => (state: string) => {
    const path = file.replace(origin, state);
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const damage: readonly [string, (state: string) => void][] = [
    ['the magic of a header', flip(first, 0)],
    ['the number in a header', flip(last, headerBytes - 1)],
    ['a length', flip(first, headerBytes + 3)],
    ['a checksum', flip(first, headerBytes + 4)],
    ['an entry of the first record', flip(first, (offsets(first)[1] ?? 0) - 3)],
    ['the last record of a segment that is not the last', flip(first, (offsets(first).at(-1) ?? 0) - 3)],
    ['a record in the middle of the last segment', flip(last, (offsets(last)[1] ?? 0) - 3)],
    ['a cut in a segment that is not the last', (state) => truncateSync(segments(state)[0] ?? '', headerBytes + 9)],
    ['a missing segment', (state) => rmSync(segments(state)[0] ?? '')],
    ['a malformed checkpoint', (state) => writeFileSync(join(state, 'audit', 'checkpoint'), 'x')],
  ];
  for (const [what, harm] of damage) {
    const state = join(folder, 'harmed');
    cpSync(origin, state, { recursive: true });
    harm(state);
    const before = segments(state).map((file) => readFileSync(file));
    await t.rejects(openLog(parts(state)), { code: 'audit_damaged', message: /Nothing was changed.*backup/s }, what);
    t.same(
      segments(state).map((file) => readFileSync(file)),
      before,
      `${what}: untouched`,
    );
    rmSync(state, { recursive: true });
  }
});

t.test('a record with a good checksum and a bad signature is refused: the key is asked, not the frame', async (t) => {
  const state = await written(t.testdir(), 1);
  const other = await written(join(state, 'other'), 1);
  writeFileSync(segments(state)[0] ?? '', readFileSync(segments(other)[0] ?? ''));
  rmSync(join(state, 'audit', 'checkpoint'));
  await t.rejects(openLog(parts(state)), { code: 'audit_damaged', message: /signature|statement/ });
});

t.test('a signature that was changed below the checkpoint is found by the signed root', async (t) => {
  const state = await written(t.testdir(), 3);
  const file = segments(state)[0] ?? '';
  const bytes = readFileSync(file);
  for (const at of offsets(file).slice(0, -1)) {
    const read = readRecord(bytes, at);
    if (read === null) throw new Error(`no record at ${at}`);
    const signature = Buffer.from(read.record.signature);
    signature[10] = (signature[10] ?? 0) ^ 1;
    const changed = frame({ ...read.record, signature });
    writeFileSync(file, Buffer.concat([bytes.subarray(0, at), changed, bytes.subarray(read.end)]));
    await t.rejects(
      openLog(parts(state)),
      { code: 'audit_damaged', message: /signature|statement/ },
      `record at ${at}`,
    );
  }
  writeFileSync(file, bytes);
  await (await openLog(parts(state))).close();
});

t.test('a log that was rolled back, or forked, does not start', async (t) => {
  const state = await written(t.testdir(), 2);
  const file = segments(state)[0] ?? '';
  const whole = readFileSync(file);
  truncateSync(file, offsets(file).at(-2));
  await t.rejects(openLog(parts(state)), { code: 'audit_damaged', message: /rolled back/ });
  writeFileSync(file, whole);
  const { origin, size } = readCheckpoint(readFileSync(join(state, 'audit', 'checkpoint'), 'utf8')) ?? {
    origin: '',
    size: 0,
  };
  const key = privateKey(join(state, 'log.pem'), 'ed25519', false);
  writeFileSync(join(state, 'audit', 'checkpoint'), checkpointOf(origin, size, Buffer.alloc(32), key));
  await t.rejects(openLog(parts(state)), { code: 'audit_damaged', message: /forked/ });
  writeFileSync(join(state, 'audit', 'checkpoint'), checkpointOf('e1.other.example', 0, Buffer.alloc(32), key));
  await t.rejects(openLog(parts(state)), { code: 'audit_damaged', message: /it is of e1\.other\.example/ });
});

t.test("a checkpoint made to fit a log that was cut short is not the log's", async (t) => {
  const state = await written(t.testdir(), 2);
  const file = segments(state)[0] ?? '';
  truncateSync(file, offsets(file).at(-2));
  const signer = fileSigner(join(state, 'signer.pem'), false);
  const note = join(state, 'audit', 'checkpoint');
  const { origin = '' } = readCheckpoint(readFileSync(note, 'utf8')) ?? {};
  const shorter = openChain(origin, 1, signer);
  rmSync(note);
  await scan(directoryStore(join(state, 'audit')), shorter, signer);
  const forger = privateKey(join(state, 'forger.pem'), 'ed25519', true);
  writeFileSync(note, checkpointOf(origin, shorter.tree.size, shorter.tree.root(), forger));
  await t.rejects(openLog(parts(state)), { code: 'audit_damaged', message: /its signature is not the log's/ });
});

t.test('what a living writer publishes while it is read is no rollback', async (t) => {
  const state = await written(t.testdir(), 1);
  const store = directoryStore(join(state, 'audit'));
  const parsed = readCheckpoint(readFileSync(join(state, 'audit', 'checkpoint'), 'utf8'));
  const { origin, size } = parsed ?? { origin: '', size: 0 };
  const later = checkpointOf(origin, size + 1, Buffer.alloc(32), privateKey(join(state, 'log.pem'), 'ed25519', false));
  let begun = false;
  const living = {
    ...store,
    read(path: string) {
      begun ||= path.startsWith('segments/');
      return begun && path === 'checkpoint' ? Promise.resolve(Buffer.from(later)) : store.read(path);
    },
  };
  const signer = fileSigner(join(state, 'signer.pem'), false);
  t.match(await scan(living, openChain(origin, 1, signer), signer), { torn: null, published: size });
});

t.test('an older checkpoint is caught up with', async (t) => {
  const state = t.testdir();
  await written(state, 1);
  const old = readFileSync(join(state, 'audit', 'checkpoint'));
  await written(state, 300);
  writeFileSync(join(state, 'audit', 'checkpoint'), old);
  await reopened(state);
  t.match(await verifyLog(join(state, 'audit')), { findings: [], tail: 0 });
});

t.test(
  'a segment that is larger than any, sparse or not, is damage, and is not read',
  { timeout: 10_000 },
  async (t) => {
    const state = t.testdir();
    await written(state, 1);
    const folder = join(state, 'audit', 'segments');
    truncateSync(join(folder, readdirSync(folder).sort().at(-1) ?? ''), 1024 ** 3);
    await t.rejects(reopened(state), { code: 'audit_damaged', message: /larger than any segment/ });
  },
);
