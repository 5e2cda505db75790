import { once } from 'node:events';
import t from 'tap';
import {
  errorCode,
  flag,
  frameOf,
  frameType,
  maxWindow,
  numbersFrame,
  preface,
  setting,
  settingsFrame,
} from '../../../plugin/transport/h2/frames.ts';
import type { Call, Route } from '../../../plugin/transport/port.ts';
import { blockOf, connectPeer, data, grpcRequest, open, type Peer, reset, start } from './peer.ts';

const ok = { code: 0, message: '' };
const echo: Route = (call) => ({ onMessage: (bytes) => void call.send(bytes), onEnd: () => call.finish(ok) });
const message = Buffer.from('hello');
const empty = Buffer.alloc(0);
const number = (...numbers: number[]) => numbersFrame(0, 0, numbers).subarray(9);

const isReset = (stream: number) => (frame: { type: number; stream: number }) =>
  frame.type === frameType.rstStream && frame.stream === stream;

t.test('RFC 9113: what breaks the connection says why, and nothing else is done', async (t) => {
  const server = await start({ '/s/M': echo });
  t.teardown(() => server.drain(0));
  const rows: readonly (readonly [why: string, code: number, frames: readonly Uint8Array[]])[] = [
    ['DATA on stream 0', errorCode.protocol, [data(0, message)]],
    ['DATA on an idle stream', errorCode.protocol, [data(1, message)]],
    ['HEADERS on an even stream', errorCode.protocol, [open(2)]],
    ['HEADERS below an earlier stream', errorCode.protocol, [open(5), open(3)]],
    ['HEADERS of a stream that has ended', errorCode.streamClosed, [open(1), data(1, message, 1), open(1)]],
    ['a block that is no HPACK', errorCode.compression, [frameOf(frameType.headers, 5, 1, Buffer.from([0x80]))]],
    ['padding beyond the payload', errorCode.protocol, [open(1), frameOf(0, flag.padded, 1, Buffer.from([9, 1]))]],
    ['HEADERS within a block', errorCode.protocol, [frameOf(1, 0, 1, empty), open(3)]],
    ['PING within a block', errorCode.protocol, [frameOf(1, 0, 1, empty), frameOf(6, 0, 0, Buffer.alloc(8))]],
    ['CONTINUATION of nothing', errorCode.protocol, [frameOf(frameType.continuation, 4, 1, empty)]],
    ['PUSH_PROMISE', errorCode.protocol, [frameOf(frameType.pushPromise, 4, 1, Buffer.alloc(8))]],
    ['SETTINGS on a stream', errorCode.protocol, [frameOf(frameType.settings, 0, 1, empty)]],
    ['SETTINGS of odd length', errorCode.frameSize, [frameOf(frameType.settings, 0, 0, Buffer.alloc(5))]],
    ['an acknowledgement with a payload', errorCode.frameSize, [frameOf(frameType.settings, 1, 0, Buffer.alloc(6))]],
    ['a window beyond 31 bits', errorCode.flowControl, [settingsFrame([[setting.initialWindowSize, 2 ** 31]])]],
    ['PING of seven bytes', errorCode.frameSize, [frameOf(frameType.ping, 0, 0, Buffer.alloc(7))]],
    ['PING on a stream', errorCode.protocol, [frameOf(frameType.ping, 0, 1, Buffer.alloc(8))]],
    ['GOAWAY on a stream', errorCode.protocol, [frameOf(frameType.goaway, 0, 1, Buffer.alloc(8))]],
    ['GOAWAY that is short', errorCode.frameSize, [frameOf(frameType.goaway, 0, 0, Buffer.alloc(4))]],
    ['RST_STREAM of an idle stream', errorCode.protocol, [reset(7)]],
    ['RST_STREAM of three bytes', errorCode.frameSize, [open(1), frameOf(3, 0, 1, Buffer.alloc(3))]],
    ['WINDOW_UPDATE of an idle stream', errorCode.protocol, [numbersFrame(8, 7, [1])]],
    ['WINDOW_UPDATE by nothing', errorCode.protocol, [numbersFrame(8, 0, [0])]],
    ['WINDOW_UPDATE beyond 31 bits', errorCode.flowControl, [numbersFrame(8, 0, [maxWindow])]],
    ['WINDOW_UPDATE of five bytes', errorCode.frameSize, [frameOf(8, 0, 0, Buffer.alloc(5))]],
    ['a frame of 16,385 bytes', errorCode.frameSize, [open(1), frameOf(0, 0, 1, Buffer.alloc(16_385))]],
    ['priority fields that are cut', errorCode.frameSize, [frameOf(1, flag.endHeaders | flag.priority, 1, number(1))]],
  ];
  for (const [why, code, frames] of rows) {
    const peer = await connectPeer(server);
    peer.send(...frames);
    t.equal(await peer.end(), code, why);
    peer.close();
  }
  for (const first of [settingsFrame([]).fill(1, 4, 5), frameOf(frameType.ping, 0, 0, Buffer.alloc(8)), open(1)]) {
    const peer = await connectPeer(server, null);
    peer.send(preface, first);
    t.equal(await peer.end(), errorCode.protocol, 'SETTINGS come first');
    peer.close();
  }
  const peer = await connectPeer(server, null);
  peer.send(Buffer.from('GET / HTTP/1.1\r\nhost: example.com\r\n\r\n'));
  t.equal(await peer.end(), errorCode.protocol);
  peer.close();
});

t.test('RFC 9113: what breaks a stream leaves the others', async (t) => {
  const server = await start({ '/s/M': echo });
  t.teardown(() => server.drain(0));
  const rows: readonly (readonly [why: string, code: number, frames: readonly Uint8Array[]])[] = [
    ['a malformed head', errorCode.protocol, [open(3, { ':method': 'POST' })]],
    [
      'a body without an end of its length',
      errorCode.protocol,
      [open(3, { ...grpcRequest, 'content-length': '9' }), data(3, message, 1)],
    ],
    [
      'a body beyond its length',
      errorCode.protocol,
      [open(3, { ...grpcRequest, 'content-length': '9' }), data(3, message)],
    ],
    [
      'no body where one was told of',
      errorCode.protocol,
      [open(3, { ...grpcRequest, 'content-length': '9' }, flag.endStream)],
    ],
    ['trailers without an end', errorCode.protocol, [open(3), open(3, { 'x-a': '1' })]],
    ['trailers with a pseudo field', errorCode.protocol, [open(3), open(3, { ':path': '/' }, flag.endStream)]],
    ['WINDOW_UPDATE by nothing', errorCode.protocol, [open(3), numbersFrame(8, 3, [0])]],
    ['WINDOW_UPDATE beyond 31 bits', errorCode.flowControl, [open(3), numbersFrame(8, 3, [maxWindow])]],
    ['PRIORITY of four bytes', errorCode.frameSize, [open(3), frameOf(2, 0, 3, Buffer.alloc(4))]],
    [
      'a stream that depends on itself',
      errorCode.protocol,
      [open(3), frameOf(2, 0, 3, Buffer.concat([number(3), Buffer.from([0])]))],
    ],
  ];
  for (const [why, code, frames] of rows) {
    const peer = await connectPeer(server);
    peer.send(open(1), ...frames);
    const got = await peer.next(isReset(3));
    t.equal(got?.payload.readUInt32BE(0), code, why);
    peer.send(data(1, message, flag.endStream));
    t.ok(await peer.next(({ type, stream }) => type === frameType.data && stream === 1), `${why}: the other goes on`);
    peer.close();
  }
});

t.test('a head in pieces, padding, priority fields and unknown frames are read over', async (t) => {
  const server = await start({ '/s/M': echo });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  const block = blockOf(grpcRequest);
  peer.send(
    frameOf(99, 255, 7, Buffer.from('?')),
    frameOf(
      frameType.headers,
      flag.padded | flag.priority,
      1,
      Buffer.concat([Buffer.from([2]), number(0), Buffer.from([9]), block.subarray(0, 10), Buffer.alloc(2)]),
    ),
    frameOf(frameType.continuation, 0, 1, block.subarray(10, 20)),
    frameOf(frameType.continuation, flag.endHeaders, 1, block.subarray(20)),
    data(1, message),
    open(1, { 'x-trailer': '1' }, flag.endStream),
  );
  t.equal(peer.socket.destroyed, false);
  const answer = await peer.next(({ type }) => type === frameType.data);
  t.equal(answer?.payload.subarray(5).toString(), 'hello');
  const trailers = await peer.next(({ type, flags }) => type === frameType.headers && (flags & flag.endStream) !== 0);
  t.ok(trailers);
  peer.close();
});

t.test("the connection's window is given back for streams that are paused and for those that are over", async (t) => {
  const { promise, resolve } = Promise.withResolvers<Call>();
  const paused: Route = (call) => {
    call.pause();
    resolve(call);
    return { onMessage: () => undefined };
  };
  const server = await start({ '/s/M': paused }, { streamWindowBytes: 65_536, connectionWindowBytes: 65_536 });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  const piece = frameOf(frameType.data, 0, 1, Buffer.alloc(16_000));
  peer.send(open(1), piece, piece, piece);
  await promise;
  const update = await peer.next(
    ({ type, stream, payload }) => type === frameType.windowUpdate && stream === 0 && payload.readUInt32BE(0) >= 32_768,
  );
  t.ok(update, 'though nobody read them');
  await peer.settled();
  peer.send(piece, piece);
  const over = await peer.next(isReset(1));
  t.equal(over?.payload.readUInt32BE(0), errorCode.flowControl, 'the stream may not have more than its window');
  peer.close();
});

t.test('windows of the peer hold answers back, byte for byte', async (t) => {
  const server = await start({ '/s/M': echo });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server, [[setting.initialWindowSize, 3]]);
  const isData = ({ type }: { type: number }) => type === frameType.data;
  peer.send(open(1), data(1, message, flag.endStream));
  t.equal((await peer.next(isData))?.payload.length, 3);
  peer.send(numbersFrame(frameType.windowUpdate, 1, [2]));
  t.equal((await peer.next(isData))?.payload.length, 2);
  peer.send(settingsFrame([[setting.initialWindowSize, 0]]));
  await peer.settled();
  peer.send(settingsFrame([[setting.initialWindowSize, 8]]));
  t.equal((await peer.next(isData))?.payload.length, 5, 'the rest of ten bytes: a window of 8, of which 5 are used');
  t.ok(await peer.next(({ type, flags }) => type === frameType.headers && (flags & flag.endStream) !== 0));
  peer.close();
});

t.test('floods end the connection, whatever they are made of', async (t) => {
  const server = await start({ '/s/M': echo }, { glitches: { burst: 50, perSecond: 1 } });
  t.teardown(() => server.drain(0));
  const ping = frameOf(frameType.ping, 0, 0, Buffer.alloc(8));
  const floods: Record<string, (peer: Peer) => readonly Uint8Array[]> = {
    pings: () => Array(60).fill(ping),
    settings: () => Array(60).fill(settingsFrame([])),
    'empty DATA': () => [open(1), ...Array(60).fill(frameOf(0, 0, 1, empty))],
    'empty CONTINUATION': () => [frameOf(1, 0, 1, empty), ...Array(60).fill(frameOf(9, 0, 1, empty))],
    priorities: () => Array(60).fill(frameOf(2, 0, 1, Buffer.concat([number(0), Buffer.from([0])]))),
    'unknown frames': () => Array(60).fill(frameOf(200, 0, 0, empty)),
    'malformed requests': () => Array.from({ length: 60 }, (_, index) => open(1 + 2 * index, { ':method': 'GET' })),
  };
  for (const [name, frames] of Object.entries(floods)) {
    const peer = await connectPeer(server);
    peer.send(...frames(peer));
    t.equal(await peer.end(), errorCode.enhanceYourCalm, name);
    peer.close();
  }
});

t.test('a header block that does not end stops at its bound', async (t) => {
  const server = await start({ '/s/M': echo }, { maxHeaderListBytes: 10_000 });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  const junk = Buffer.alloc(6_000);
  peer.send(frameOf(1, 0, 1, junk), frameOf(9, 0, 1, junk));
  t.equal(await peer.end(), errorCode.enhanceYourCalm);
  peer.close();
  const bomb = await connectPeer(server);
  const entry = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('n'), Buffer.from([100]), Buffer.alloc(100, 'v')]);
  bomb.send(frameOf(1, 5, 1, Buffer.concat([entry, Buffer.alloc(8_000, 0xbe)])));
  t.equal((await bomb.next(isReset(1)))?.payload.readUInt32BE(0), errorCode.enhanceYourCalm, 'an HPACK bomb');
  bomb.close();
});

t.test('calls beyond the limit are refused, and may be repeated', async (t) => {
  const server = await start({ '/s/M': () => ({ onMessage: () => undefined }) }, { maxConcurrentCalls: 2 });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  peer.send(open(1), open(3), open(5));
  t.equal((await peer.next(isReset(5)))?.payload.readUInt32BE(0), errorCode.refused);
  peer.send(reset(1), open(7));
  await peer.settled();
  peer.send(open(9));
  t.ok(await peer.next(isReset(9)), 'only two at once');
  peer.close();
});

t.test('resets of calls that were not answered slow a connection down, and cut nobody', async (t) => {
  const calls: Call[] = [];
  const held: Route = (call) => {
    calls.push(call);
    return { onMessage: () => undefined };
  };
  const server = await start({ '/s/M': held }, { abandoned: { burst: 10, perSecond: 50 } });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  peer.send(open(1));
  await peer.settled();
  const before = Date.now();
  for (let id = 3; id < 43; id += 2) peer.send(open(id), reset(id));
  await peer.settled();
  // The first may have come in one read with the resets.
  await peer.settled();
  t.ok(Date.now() - before >= 100, 'twenty resets, ten of them on the house');
  calls[0]?.finish(ok);
  t.ok(await peer.next(({ type, stream }) => type === frameType.headers && stream === 1), 'the first call is answered');
  peer.close();
});

t.test('a peer that does not read is cut, and its calls are cancelled', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const held: Route = () => ({ onMessage: () => undefined, onCancel: resolve });
  const server = await start({ '/s/M': held }, { maxUnwrittenBytes: 100_000, glitches: { burst: 1e9, perSecond: 1 } });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  peer.send(open(1));
  await peer.settled();
  peer.socket.pause();
  const pings = Buffer.concat(Array(5_000).fill(frameOf(frameType.ping, 0, 0, Buffer.alloc(8))));
  const pump = () => {
    while (!peer.socket.destroyed && peer.socket.write(pings));
  };
  peer.socket.on('drain', pump);
  pump();
  await promise;
  peer.close();
});

t.test('a peer that says nothing is cut when patience ends', async (t) => {
  const server = await start({}, { patience: 1 });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server, null);
  await once(peer.socket, 'close');
  t.pass('closed by the watchdog');
});

t.test('leaving: no more calls after the peer has read it, and closed with the last one', async (t) => {
  const calls: Call[] = [];
  const { promise: second, resolve } = Promise.withResolvers<void>();
  const held: Route = (call) => {
    calls.push(call);
    if (calls.length === 2) resolve();
    return { onMessage: () => undefined };
  };
  const server = await start({ '/s/M': held });
  const peer = await connectPeer(server);
  peer.send(open(1));
  await peer.settled();
  const drained = server.drain(5_000);
  const first = await peer.next(({ type }) => type === frameType.goaway);
  t.equal(first?.payload.readUInt32BE(0), maxWindow, 'the first says that no more are welcome');
  const asks = await peer.next(({ type, flags }) => type === frameType.ping && flags === 0);
  peer.send(open(3));
  await second;
  peer.send(frameOf(frameType.ping, flag.ack, 0, asks?.payload ?? empty));
  const last = await peer.next(({ type }) => type === frameType.goaway);
  t.same([last?.payload.readUInt32BE(0), last?.payload.readUInt32BE(4)], [3, 0], 'the second names what was taken');
  peer.send(open(5));
  await peer.settled();
  t.equal(calls.length, 2);
  const closed = once(peer.socket, 'close');
  for (const call of calls) call.finish(ok);
  await Promise.all([closed, drained]);
});
