import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readPublicKey } from '../../plugin/verify/dsse.ts';
import { openFolder } from '../../plugin/verify/folder.ts';
import { replay } from '../../plugin/verify/replay.ts';
import { openFindings } from '../../plugin/verify/report.ts';
import { freshKeys, plainRoot, readBatches, segmentBytes } from './forger.ts';
import { batchesOf, origin, start, story, writeLog } from './sample.ts';

const keys = freshKeys();

async function replayed(folder: string, published = 6) {
  const findings = openFindings();
  const signer = readPublicKey(readFileSync(join(folder, 'key.pub'), 'utf8'));
  if (signer === null) throw new Error('no key');
  const result = await replay(openFolder(folder), findings, {
    origin,
    epoch: 1,
    created: start,
    signer,
    published,
    heads: new Set([0, 3, 6, 9]),
    onEntry: () => {},
    onProgress: () => {},
  });
  return { result, codes: [...new Set(findings.list.map(({ code }) => code))] };
}

function written(t: Test): { readonly folder: string; readonly segment: string; readonly bytes: Buffer } {
  const folder = t.testdir();
  writeLog(folder, batchesOf(story), keys);
  const segment = join(folder, 'segments', `${'0'.repeat(16)}.seg`);
  return { folder, segment, bytes: readFileSync(segment) };
}

t.test('the tree is rebuilt, with its roots at the sizes asked for', async (t) => {
  const { folder } = written(t);
  const leaves = readFileSync(join(folder, 'tile/0/000.p/6'));
  const hashes = Array.from({ length: 6 }, (_, at) => leaves.subarray(at * 32, at * 32 + 32));
  const { result, codes } = await replayed(folder);
  t.same(codes, []);
  t.same([...result.marks.keys()], [0, 3, 6]);
  for (const size of [0, 3, 6]) t.ok(result.marks.get(size)?.root.equals(plainRoot(hashes.slice(0, size))));
});

t.test('segments follow each other; only the last may end in the middle', async (t) => {
  const { folder, segment, bytes } = written(t);
  const records = splitRecords(bytes);
  const put = (first: number, from: number, to: number): void =>
    writeFileSync(
      join(folder, 'segments', `${`${first}`.padStart(16, '0')}.seg`),
      segmentBytes(first, records.slice(from, to)),
    );
  put(0, 0, 2);
  put(2, 2, 6);
  t.same((await replayed(folder)).codes, []);
  writeFileSync(segment, bytes.subarray(0, 100));
  t.ok((await replayed(folder)).codes.includes('segment_damaged'), 'a cut in the middle is damage');
  put(0, 0, 1);
  t.ok((await replayed(folder)).codes.includes('segment_order'), 'a gap is found');
});

t.test('a torn tail is told apart from damage', async (t) => {
  const { folder, segment, bytes } = written(t);
  const five = splitRecords(bytes).slice(0, 5);
  writeFileSync(segment, bytes.subarray(0, bytes.length - 1));
  const { result, codes } = await replayed(folder, 0);
  t.equal(result.batches, 5);
  t.equal(result.torn?.bytes, bytes.length - 1 - segmentBytes(0, five).length);
  t.notOk(codes.includes('segment_damaged'));
  writeFileSync(segment, bytes.subarray(0, 7));
  t.equal((await replayed(folder, 0)).result.torn?.bytes, 7);
});

t.test('a batch has 1 to 256 entries', async (t) => {
  const folder = t.testdir();
  writeLog(folder, [...batchesOf([Array.from({ length: 257 }, () => ({ kind: 'heartbeat' }))]), { entries: [] }], keys);
  t.same((await replayed(folder, 2)).codes, ['statement_count']);
  t.equal(readBatches(folder).length, 2);
});

function splitRecords(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 16; at < bytes.length; at += 8 + bytes.readUInt32BE(at))
    payloads.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  return payloads;
}
