import { createHash } from 'node:crypto';
import t from 'tap';
import { newKey } from '../../plugin/record/key.ts';
import { readMeta, readRecording } from '../../plugin/record/reader.ts';
import { sealSegment } from '../../plugin/record/segment.ts';
import type { Part, RecordingStore } from '../../plugin/record/store.ts';

const kek = Buffer.alloc(32, 1);
const { key, wrapped } = newKey(kek, 'e-1');

function storeOf(parts: Partial<Record<Part, Buffer>>): RecordingStore {
  return {
    create: async () => null,
    sync: async () => {},
    read: async (_, part) => parts[part] ?? null,
    remove: async () => {},
    list: async () => ['e-1'],
  };
}

function head(spec: string): Buffer {
  const sealer = sealSegment({ key, recording: 'e-1', part: 'head' });
  return Buffer.concat([
    wrapped,
    sealer.header,
    sealer.seal({ type: 'head', at: 0, content: Buffer.from(JSON.stringify({ spec })) }, true),
  ]);
}

function response(content: string, said: object): Buffer {
  const sealer = sealSegment({ key, recording: 'e-1', part: 'response' });
  const data = sealer.seal({ type: 'data', at: 5, content: Buffer.from(content) }, false);
  return Buffer.concat([
    sealer.header,
    data,
    sealer.seal({ type: 'end', at: 9, content: Buffer.from(JSON.stringify(said)) }, true),
  ]);
}

t.test('a recording whose head was never finished is none', async (t) => {
  t.equal(await readMeta(storeOf({}), kek, 'e-1'), null);
  t.equal(await readMeta(storeOf({ head: wrapped.subarray(0, 10) }), kek, 'e-1'), null);
  t.equal(await readMeta(storeOf({ head: head('full').subarray(0, -1) }), kek, 'e-1'), null);
  await t.rejects(readRecording(storeOf({}), kek, 'e-1'), { code: 'record_unknown' });
});

t.test('content is checked against what its writer digested', async (t) => {
  const digest = createHash('sha256').update('abc').digest('hex');
  const read = (said: object) =>
    readRecording(storeOf({ head: head('metadata'), response: response('abc', said) }), kek, 'e-1');
  t.match(await read({ ending: 'complete', bytes: 3, digest }), { response: { complete: true, chunks: [{ at: 5 }] } });
  t.match(await read({ ending: 'aborted', bytes: 3, digest }), { response: { complete: false } });
  await t.rejects(read({ ending: 'complete', bytes: 4, digest }), { code: 'audit_damaged' });
  await t.rejects(read({ ending: 'complete', bytes: 3, digest: 'x' }), { code: 'audit_damaged' });
  await t.rejects(readRecording(storeOf({ head: head('full') }), kek, 'e-1'), {
    code: 'audit_damaged',
    message: /request is missing/,
  });
});
