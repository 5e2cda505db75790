import t from 'tap';
import { CountersignError } from '../../plugin/errors.ts';
import { openSegment, type SegmentPlace } from '../../plugin/record/segment.ts';
import { writeSegment } from '../../plugin/record/writer.ts';

const place: SegmentPlace = { key: Buffer.alloc(32, 3), recording: 'e-1', part: 'response' };

t.test('what comes before the store is there waits for it', async (t) => {
  const written: Buffer[] = [];
  const { promise, resolve } =
    Promise.withResolvers<Parameters<typeof writeSegment>[0] extends Promise<infer T> ? T : never>();
  const segment = writeSegment(promise);
  segment.head({ status: 200 });
  segment.data(Buffer.from('one'));
  const writer = {
    append: async (bytes: readonly Uint8Array[]) => void written.push(Buffer.concat(bytes)),
    close: async () => {},
  };
  resolve({ place, writer });
  segment.data(Buffer.from('two'));
  t.match(await segment.end('complete'), { bytes: 6 });
  const { frames, complete } = openSegment(place, Buffer.concat(written));
  t.equal(complete, true);
  t.strictSame(
    frames.map(({ type }) => type),
    ['head', 'data', 'data', 'end'],
  );
});

t.test('a store that is too slow ends it instead of filling the memory', async (t) => {
  const never = new Promise<never>(() => {});
  const segment = writeSegment(never);
  const chunk = Buffer.alloc(16 * 1_048_576);
  t.throws(
    () => {
      for (let n = 0; n < 6; n++) segment.data(chunk);
    },
    { code: 'record_failed', message: /too slow/ },
  );
});

t.test('a store that can not be opened fails the end', async (t) => {
  const fault = new CountersignError('record_failed', 'no');
  const segment = writeSegment(Promise.reject(fault));
  segment.data(Buffer.from('x'));
  await t.rejects(segment.end('complete'), fault);
});
