import * as fc from 'fast-check';
import t from 'tap';
import {
  errorCode,
  flag,
  frameHeader,
  frameOf,
  frameType,
  maxPayload,
  maxWindow,
  numbersFrame,
  openFrameReader,
  preface,
  setting,
  settingsFrame,
} from '../../../plugin/transport/h2/frames.ts';

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: string;
}

/** What a reader makes of chunks. */
function readAll(chunks: readonly Buffer[], stopAfter = Number.POSITIVE_INFINITY) {
  const frames: Frame[] = [];
  const tooLong: number[] = [];
  const read = openFrameReader(
    (type, flags, stream, payload) => {
      frames.push({ type, flags, stream, payload: payload.toString('hex') });
      return frames.length < stopAfter;
    },
    (stream) => tooLong.push(stream),
  );
  for (const chunk of chunks) read(chunk);
  return { frames, tooLong };
}

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((to, index) => bytes.subarray(places[index - 1] ?? 0, to));
}

t.test('frames are read as they were written, whatever the reads are', (t) => {
  const frame = fc.record({
    type: fc.nat(255),
    flags: fc.nat(255),
    stream: fc.nat(maxWindow),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), fc.array(fc.nat(10_000), { maxLength: 30 }), (frames, at) => {
      const bytes = Buffer.concat(
        frames.map(({ type, flags, stream, payload }) => frameOf(type, flags, stream, Buffer.from(payload, 'hex'))),
      );
      return JSON.stringify(readAll(cut(bytes, at)).frames) === JSON.stringify(frames);
    }),
    { numRuns: 300 },
  );
  const long = frameOf(frameType.data, 0, 1, Buffer.alloc(maxPayload, 7));
  t.equal(readAll(Array.from(long, (byte) => Buffer.from([byte]))).frames[0]?.payload.length, 2 * maxPayload);
  t.end();
});

t.test('a frame that is too long is known by its header, and ends the reading', (t) => {
  const bytes = Buffer.concat([
    frameOf(frameType.ping, 0, 0, Buffer.alloc(8)),
    frameOf(frameType.data, 0, 5, Buffer.alloc(maxPayload + 1)),
    frameOf(frameType.ping, 0, 0, Buffer.alloc(8)),
  ]);
  for (const chunks of [[bytes], cut(bytes, [3, 20, 24]), cut(bytes, [17 + frameHeader])]) {
    const { frames, tooLong } = readAll(chunks);
    t.same(tooLong, [5]);
    t.equal(frames.length, 1);
  }
  t.end();
});

t.test('a reader that is stopped reads no more', (t) => {
  const ping = frameOf(frameType.ping, 0, 0, Buffer.alloc(8));
  t.equal(readAll([Buffer.concat([ping, ping, ping]), ping], 2).frames.length, 2);
  t.end();
});

t.test('the frames that we send are those of the specification', (t) => {
  t.equal(preface.length, 24);
  t.equal(numbersFrame(frameType.windowUpdate, 3, [maxWindow]).toString('hex'), '000004080000000003' + '7fffffff');
  t.equal(
    numbersFrame(frameType.goaway, 0, [7, errorCode.enhanceYourCalm]).toString('hex'),
    '000008070000000000' + '00000007' + '0000000b',
  );
  t.equal(
    settingsFrame([
      [setting.maxConcurrentStreams, 100],
      [setting.initialWindowSize, 65_536],
    ]).toString('hex'),
    '00000c040000000000' + '000300000064' + '000400010000',
  );
  t.equal(frameOf(frameType.settings, flag.ack, 0, Buffer.alloc(0)).toString('hex'), '000000040100000000');
  t.end();
});
