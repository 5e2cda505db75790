import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t, { type Test } from 'tap';
import type { Log } from '../../plugin/audit/log.ts';
import type { FindingCode } from '../../plugin/verify/report.ts';
import { type VerifyOptions, verifyLog } from '../../plugin/verify/verify.ts';
import {
  type Batch,
  forge,
  freshKeys,
  type Keys,
  plainRoot,
  readBatches,
  segmentBytes,
  signNote,
} from '../verify/forger.ts';
import { openReal, readKeys, writeReal } from '../verify/real.ts';
import { entryBytes, origin, writeIdentity } from '../verify/sample.ts';

interface Target {
  readonly folder: string;
  readonly keys: Keys;
  readonly pem: string;
  readonly segment: string;
}

const master = t.testdir();
const real = await writeReal(master);

/** A copy of the real writer's log that a test may ruin. */
function target(t: Test): Target {
  const folder = join(t.testdir(), 'audit');
  cpSync(real.folder, folder, { recursive: true });
  return described(folder, real.keys);
}

function described(folder: string, keys: Keys): Target {
  const [segment = ''] = readdirSync(join(folder, 'segments'));
  return {
    folder,
    keys,
    pem: readFileSync(join(folder, 'key.pub'), 'utf8'),
    segment: join(folder, 'segments', segment),
  };
}

async function found(folder: string, options: VerifyOptions = {}): Promise<FindingCode[]> {
  return [...new Set((await verifyLog(folder, options)).findings.map(({ code }) => code))];
}

/** Records of a segment as whole payloads. */
function payloads(segment: string): Buffer[] {
  const bytes = readFileSync(segment);
  const records: Buffer[] = [];
  for (let at = 16; at < bytes.length; at += 8 + bytes.readUInt32BE(at))
    records.push(Buffer.from(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at))));
  return records;
}

/** Flips one bit of each `step`-th byte of a file; the offsets that nobody noticed. */
async function unnoticed(file: string, { folder, pem }: Target, step: number): Promise<number[]> {
  const good = readFileSync(file);
  const passed: number[] = [];
  for (let at = 0; at < good.length; at += step) {
    const flipped = Buffer.from(good);
    flipped.writeUInt8(good.readUInt8(at) ^ (1 << (at % 8)), at);
    writeFileSync(file, flipped);
    if ((await found(folder, { key: pem })).length === 0) passed.push(at);
  }
  writeFileSync(file, good);
  return passed;
}

t.test('the log as it was written is good', async (t) => {
  const { folder, pem } = target(t);
  const report = await verifyLog(folder, { key: pem });
  t.same(report.findings, []);
  t.match(report, { batches: 7, tail: 0, torn: 0, foreign: [], signer: 'given' });
  t.match(report.exchanges, { allows: 3, answered: 2, open: 1, holdsConsumed: 1 });
});

t.test('a bit of any byte of the segment is flipped', async (t) => {
  const state = t.testdir();
  const log: Log = await openReal(state);
  await log.close();
  const small = described(join(state, 'audit'), readKeys(state));
  t.same(await unnoticed(small.segment, small, 1), []);
  const larger = target(t);
  t.same(await unnoticed(larger.segment, larger, 23), []);
});

t.test('a bit of any other file is flipped, or the file is gone', async (t) => {
  const log = target(t);
  const files = readdirSync(log.folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && !item.name.endsWith('.seg'))
    .map((item) => relative(log.folder, join(item.parentPath, item.name)));
  for (const must of ['checkpoint', 'writer.json', 'key.pub', 'vkey', 'trusted_root.json', 'tile/0/000.p/7'])
    t.ok(files.includes(must), must);
  for (const file of files) {
    const path = join(log.folder, file);
    t.same(await unnoticed(path, log, 13), [], file);
    const superseded = /\.p\/\d+$/.test(file) && !file.endsWith('.p/7');
    if (superseded) continue;
    const good = readFileSync(path);
    rmSync(path);
    t.ok((await found(log.folder, { key: log.pem })).length > 0, `without ${file}`);
    writeFileSync(path, good);
  }
});

t.test('everything is signed again by other keys', async (t) => {
  const { folder, pem, keys } = target(t);
  const thief = freshKeys();
  forge(folder, origin, 1, readBatches(folder), thief);
  t.ok((await found(folder)).includes('signature_invalid'), 'the key beside the log is still the true one');
  writeIdentity(folder, thief);
  t.match(await verifyLog(folder), { findings: [], signer: 'unknown' }, 'consistent with itself proves nothing');
  t.ok((await found(folder, { key: pem })).includes('signer_other'));
  forge(folder, origin, 1, readBatches(folder), { ...keys, log: thief.log, logPublic: thief.logPublic });
  writeIdentity(folder, { ...thief, signer: thief.signer, signerPublic: keys.signerPublic });
  t.ok((await found(folder, { key: pem })).includes('writer_signature'), 'only the log key is another');
});

t.test('records are deleted, reordered, repeated, or taken off the end', async (t) => {
  const attacks: readonly [string, (records: Buffer[]) => void, FindingCode][] = [
    ['the first is deleted', (records) => records.splice(0, 1), 'statement_batch'],
    ['one is deleted', (records) => records.splice(2, 1), 'statement_prev_batch'],
    ['two change places', (records) => records.splice(2, 2, ...records.slice(2, 4).reverse()), 'statement_batch'],
    ['one is there twice', (records) => records.splice(2, 0, ...records.slice(2, 3)), 'statement_prev_batch'],
    ['the last is cut off', (records) => records.splice(-1), 'checkpoint_ahead'],
    ['all are cut off', (records) => records.splice(0), 'checkpoint_ahead'],
  ];
  for (const [name, attack, code] of attacks) {
    const { folder, pem, segment } = target(t);
    const records = payloads(segment);
    attack(records);
    writeFileSync(segment, segmentBytes(0, records));
    t.ok((await found(folder, { key: pem })).includes(code), name);
  }
  const { folder, pem, segment } = target(t);
  rmSync(segment);
  t.ok((await found(folder, { key: pem })).includes('checkpoint_ahead'), 'the segment is gone');
});

t.test('the whole log is set back to an older state of its own', async (t) => {
  const { folder, pem, keys } = target(t);
  const remembered = readFileSync(join(folder, 'checkpoint'), 'utf8');
  forge(folder, origin, 1, readBatches(folder).slice(0, 4), keys);
  t.same(await found(folder, { key: pem }), [], 'nothing in the folder can show it');
  t.same(await found(folder, { key: pem, since: remembered }), ['remembered_rollback']);
});

t.test('history is written anew with the true keys', async (t) => {
  const { folder, pem, keys } = target(t);
  const remembered = readFileSync(join(folder, 'checkpoint'), 'utf8');
  const batches = readBatches(folder);
  forge(
    folder,
    origin,
    1,
    rewritten(batches, 1, 1, (entry) => ({ ...entry, reason: 'another' })),
    keys,
  );
  t.same(await found(folder, { key: pem }), []);
  t.same(await found(folder, { key: pem, since: remembered }), ['remembered_fork']);
});

t.test('a checkpoint speaks of another tree', async (t) => {
  const { folder, pem, keys } = target(t);
  writeFileSync(join(folder, 'checkpoint'), signNote(origin, 7, plainRoot([Buffer.alloc(32)]), keys));
  t.same(await found(folder, { key: pem }), ['checkpoint_root']);
  writeFileSync(join(folder, 'checkpoint'), signNote(origin, 8, plainRoot([Buffer.alloc(32)]), keys));
  t.ok((await found(folder, { key: pem })).includes('checkpoint_ahead'));
  writeFileSync(join(folder, 'checkpoint'), signNote('e2.gateway.example.org', 7, Buffer.alloc(32), keys));
  t.ok((await found(folder, { key: pem })).includes('checkpoint_origin'));
  writeFileSync(join(folder, 'checkpoint'), signNote(origin, 7, Buffer.alloc(32), freshKeys()));
  t.ok((await found(folder, { key: pem })).includes('checkpoint_signature'));
});

t.test('entries change places, within a batch and between two', async (t) => {
  for (const [at, from, to] of [
    [1, 1, 0],
    [1, 2, 0],
  ] as const) {
    const { folder, pem, segment } = target(t);
    const batches = readBatches(folder).map(({ entries }) => [...entries]);
    const [one, other] = [batches[at]?.[0], batches[from]?.[at === from ? 1 : to]];
    if (one === undefined || other === undefined) return t.fail('no such entry');
    const records = payloads(segment).map((record) => swap(record, one, other));
    writeFileSync(segment, segmentBytes(0, records));
    const codes = await found(folder, { key: pem });
    for (const code of ['statement_digest', 'entry_seq'] as const) t.ok(codes.includes(code), code);
  }
});

/** Exchanges two entries wherever they stand in a record, framing included. */
function swap(record: Buffer, one: Buffer, other: Buffer): Buffer {
  const framed = (bytes: Buffer): string => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]).toString('latin1');
  };
  const [first, second] = [framed(one), framed(other)];
  const text = record
    .toString('latin1')
    .split(first)
    .map((part) => part.replaceAll(second, first));
  return Buffer.from(text.join(second), 'latin1');
}

t.test('the true key signs a lie about the batch', async (t) => {
  const lies: readonly [FindingCode, Batch['lie']][] = [
    ['statement_batch', ({ predicate }) => Object.assign(predicate, { batch: 3 })],
    ['statement_count', ({ predicate }) => Object.assign(predicate, { count: 1 })],
    ['statement_epoch', ({ predicate }) => Object.assign(predicate, { epoch: 2 })],
    ['statement_first_seq', ({ predicate }) => Object.assign(predicate, { firstSeq: 0 })],
    ['statement_origin', ({ predicate }) => Object.assign(predicate, { origin: 'e1.other.example.org' })],
    ['statement_prev_batch', ({ predicate }) => Object.assign(predicate, { prevBatch: null })],
    ['statement_prev_batch', ({ predicate }) => Object.assign(predicate, { prevBatch: '00'.repeat(32) })],
    ['statement_subject_name', ({ subject }) => Object.assign(subject[0] ?? {}, { name: '9' })],
    ['statement_subject_name', ({ subject }) => Object.assign(subject[0] ?? {}, { name: 3 })],
    ['statement_digest', ({ subject }) => Object.assign(subject[0] ?? {}, { digest: { sha256: '00'.repeat(32) } })],
    ['statement_digest', ({ subject }) => subject.reverse()],
    ['statement_count', ({ subject }) => subject.pop()],
    ['statement_count', ({ subject }) => subject.push({ digest: { sha256: '00'.repeat(32) }, name: '5' })],
    ['statement_malformed', (statement) => Object.assign(statement, { more: 1 })],
    ['statement_malformed', (statement) => Object.assign(statement, { predicateType: 'other' })],
  ];
  for (const [code, lie] of lies) {
    const { folder, pem, keys } = target(t);
    const batches = readBatches(folder).map((batch, at) => (at === 2 && lie ? { ...batch, lie } : batch));
    forge(folder, origin, 1, batches, keys);
    t.ok((await found(folder, { key: pem })).includes(code), `${code}: ${lie}`);
  }
  const retexts: readonly ((text: string) => string)[] = [
    (text) => `${text} `,
    (text) => text.replace('{', '{"_type":"x",'),
    () => '',
  ];
  for (const retext of retexts) {
    const { folder, pem, keys } = target(t);
    forge(
      folder,
      origin,
      1,
      readBatches(folder).map((batch, at) => (at === 2 ? { ...batch, retext } : batch)),
      keys,
    );
    t.same(await found(folder, { key: pem }), ['statement_malformed'], String(retext));
  }
});

type Members = Readonly<Record<string, unknown>>;

/** One entry of one batch, rewritten. */
function rewritten(
  batches: readonly Batch[],
  at: number,
  index: number,
  change: (entry: Members) => object | Buffer,
): Batch[] {
  return batches.map((batch, number) => {
    if (number !== at) return batch;
    const entries = batch.entries.map((bytes, position) => {
      if (position !== index) return bytes;
      const changed = change(JSON.parse(bytes.toString()) as Members);
      return Buffer.isBuffer(changed) ? changed : entryBytes(changed);
    });
    return { ...batch, entries };
  });
}

t.test('the true key signs an entry that is none', async (t) => {
  const text = (entry: Members): string => entryBytes(entry).toString();
  const lies: readonly [FindingCode, (entry: Members) => object | Buffer][] = [
    ['entry_seq', (entry) => ({ ...entry, seq: 9 })],
    ['entry_time', (entry) => ({ ...entry, time: Number(entry.time) - 60_000 })],
    ['entry_time', (entry) => ({ ...entry, time: Number(entry.time) + 60_000 })],
    ['entry_origin', (entry) => ({ ...entry, origin: 'e1.other.example.org' })],
    ['entry_epoch', (entry) => ({ ...entry, epoch: 2 })],
    ['entry_schema', (entry) => ({ ...entry, more: 1 })],
    ['entry_schema', (entry) => ({ ...entry, kind: 'other' })],
    ['entry_schema', (entry) => ({ ...entry, _type: 'https://example.org/other' })],
    ['entry_schema', ({ verdict: _, ...entry }) => entry],
    ['entry_not_canonical', (entry) => Buffer.from(JSON.stringify(entry, null, 1))],
    [
      'entry_not_canonical',
      (entry) => Buffer.from(text(entry).replace('"verdict":"allow"', '"verdict":"deny","verdict":"allow"')),
    ],
    ['entry_not_canonical', (entry) => Buffer.from(text(entry).replace('allow', 'all\\u006fw'))],
    ['entry_not_canonical', (entry) => Buffer.from(text(entry).replace('"epoch":1', '"epoch":1.0'))],
    ['entry_not_canonical', (entry) => Buffer.from(`${text(entry)}\n`)],
    ['response_not_allowed', (entry) => ({ ...entry, verdict: 'deny' })],
    ['response_plan', (entry) => ({ ...entry, planDigest: '00'.repeat(32) })],
    ['response_exchange', (entry) => ({ ...entry, exchange: '019f0000-0000-7000-8000-000000000099' })],
    [
      'response_unknown_decision',
      ({ _type, kind: _, origin, epoch, seq, time }) => ({ _type, kind: 'heartbeat', origin, epoch, seq, time }),
    ],
  ];
  for (const [code, lie] of lies) {
    const { folder, pem, keys } = target(t);
    forge(folder, origin, 1, rewritten(readBatches(folder), 1, 0, lie), keys);
    t.ok((await found(folder, { key: pem })).includes(code), `${code}: ${lie}`);
  }
});

t.test('a hold goes on without its approval', async (t) => {
  const lies: readonly [FindingCode, number, number, (entry: Members) => object][] = [
    ['hold_unapproved', 3, 0, (entry) => ({ ...entry, transition: 'rejected' })],
    ['hold_unapproved', 3, 0, (entry) => ({ ...entry, groups: ['agents'] })],
    ['hold_unapproved', 2, 1, (entry) => ({ ...entry, requirements: [[{ count: 2, group: 'dba' }]] })],
    [
      'hold_self_approved',
      3,
      0,
      (entry) => ({ ...entry, approver: { id: 'agent', issuer: 'https://idp.example.org' } }),
    ],
    ['hold_not_consumed', 3, 1, (entry) => ({ ...entry, transition: 'expired' })],
    ['hold_not_consumed', 3, 2, (entry) => ({ ...entry, hold: 'h_other' })],
    ['hold_consumed_twice', 3, 2, (entry) => consumedAgain(entry)],
  ];
  for (const [code, at, index, lie] of lies) {
    const { folder, pem, keys } = target(t);
    forge(folder, origin, 1, rewritten(readBatches(folder), at, index, lie), keys);
    t.ok((await found(folder, { key: pem })).includes(code), `${code}: ${lie}`);
  }
});

function consumedAgain({ _type, origin, epoch, seq, time }: Members): object {
  return { _type, kind: 'hold', origin, epoch, seq, time, hold: 'h_one', version: 9, transition: 'consumed' };
}

t.test('something is put beside the log', async (t) => {
  for (const [file, code] of [
    ['segments/0000000000000005.seg', 'segment_order'],
    ['segments/7.seg', 'file_foreign'],
    ['tile/0/001.p/1', 'tile_beyond'],
    ['tile/0/000.p/9', 'tile_beyond'],
    ['tile/0/000', 'tile_beyond'],
  ] as const) {
    const { folder, pem } = target(t);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), segmentBytes(5, []));
    t.ok((await found(folder, { key: pem })).includes(code), file);
  }
});
