import t from 'tap';
import { frameType, openFrameReader } from '../../../plugin/transport/h2/frames.ts';
import { openStream, type Shared, type Stream } from '../../../plugin/transport/h2/stream.ts';

const names = Object.fromEntries(Object.entries(frameType).map(([name, type]) => [type, name]));

/** A stream whose frames are noted, on an output that can be full. */
function setUp(sendWindow: number, window = 1_000) {
  const frames: string[] = [];
  const read = openFrameReader(
    (type, flags, _stream, payload) => frames.push(`${names[type]} ${flags} ${payload.length}`) > 0,
    () => undefined,
  );
  const output = {
    full: false,
    unwritten: 0,
    stuckSince: null,
    push: (bytes: Uint8Array) => read(Buffer.from(bytes)),
    end: () => undefined,
  };
  const ended: boolean[] = [];
  const shared: Shared = {
    output,
    sendWindow: 100,
    maxFrame: 10,
    first: false,
    window,
    waiting: new Set(),
    ended(stream: Stream, reset: boolean) {
      ended.push(reset);
      stream.close();
    },
  };
  return { stream: openStream(1, sendWindow, shared), shared, output, frames, ended };
}

t.test('an answer is headers, data in frames, and trailers', (t) => {
  const { stream, frames, ended } = setUp(100);
  stream.peerEnded = true;
  t.equal(stream.write([Buffer.alloc(15)]), true);
  stream.end({ code: 0, message: '' });
  t.match(frames, [/^headers 4 /, 'data 0 10', 'data 0 5', /^headers 5 /]);
  t.same(ended, [false]);
  t.equal(stream.gone, true);
  t.end();
});

t.test('a status alone is one frame, and a peer that still sends is told to stop', (t) => {
  const { stream, frames, ended } = setUp(100);
  stream.end({ code: 7, message: 'no' });
  t.match(frames, [/^headers 5 /, 'rstStream 0 4']);
  t.same(ended, [true]);
  t.end();
});

t.test('nothing goes beyond the windows, or to a socket that is full', (t) => {
  const { stream, shared, output, frames } = setUp(7);
  shared.sendWindow = 12;
  stream.write([Buffer.alloc(30)]);
  t.same(frames.slice(1), ['data 0 7'], "the stream's window");
  stream.sendWindow += 100;
  stream.pump();
  t.same(frames.slice(2), ['data 0 5'], "the connection's");
  shared.sendWindow += 100;
  output.full = true;
  stream.pump();
  t.equal(frames.length, 3);
  t.ok(shared.waiting.has(stream));
  output.full = false;
  stream.pump();
  t.same(frames.slice(3), ['data 0 10', 'data 0 8']);
  t.notOk(shared.waiting.has(stream));
  t.end();
});

t.test('a peer is slow when much waits, and the call hears when all has gone', (t) => {
  const { stream, shared } = setUp(0);
  let drained = 0;
  stream.receiver = { data: () => {}, end: () => {}, lost: () => {}, drained: () => (drained += 1) };
  shared.sendWindow = 1e9;
  t.equal(stream.write([Buffer.alloc(60_000)]), true);
  t.equal(stream.write([Buffer.alloc(60_000)]), false);
  stream.sendWindow = 119_999;
  stream.pump();
  t.equal(drained, 0);
  stream.sendWindow += 1;
  stream.pump();
  t.equal(drained, 1);
  t.end();
});

t.test('the window is refilled by what was read, and not while the call is paused', (t) => {
  const { stream, frames } = setUp(100, 1_000);
  t.equal(stream.take(499), true);
  stream.credit();
  t.same(frames, []);
  t.equal(stream.take(1), true);
  stream.credit();
  t.same(frames, ['windowUpdate 0 4']);
  stream.pause();
  t.equal(stream.take(1_000), true);
  stream.credit();
  t.equal(frames.length, 1);
  t.equal(stream.take(1), false, 'more than the peer was allowed');
  stream.resume();
  t.equal(frames.length, 2);
  t.end();
});
