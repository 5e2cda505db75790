import t from 'tap';
import { flag, frameOf, frameType } from '../../../plugin/transport/h2/frames.ts';
import type { Call } from '../../../plugin/transport/port.ts';
import { connectPeer, data, grpcRequest, open, reset, start } from './peer.ts';

const ok = { code: 0, message: '' };

t.test('a request that is no gRPC is refused at once, and told why when it has ended', async (t) => {
  const server = await start({});
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  peer.send(open(1, { ...grpcRequest, ':method': 'GET' }));
  const head = await peer.next(({ type }) => type === frameType.headers);
  t.equal((head?.flags ?? 0) & flag.endStream, 0);
  peer.send(frameOf(frameType.data, flag.endStream, 1, Buffer.from('body')));
  const text = await peer.next(({ type }) => type === frameType.data);
  t.match(text?.payload.toString(), /gRPC/);
  t.ok(await peer.next(({ type, flags }) => type === frameType.data && flags === flag.endStream));
  peer.close();
});

t.test('a call whose peer half-closed with its head gets its end', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Call>();
  const server = await start({ '/s/M': (call) => ({ onMessage: () => undefined, onEnd: () => resolve(call) }) });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  peer.send(open(1, grpcRequest, flag.endStream));
  (await promise).finish(ok);
  t.ok(await peer.next(({ type, flags }) => type === frameType.headers && (flags & flag.endStream) !== 0));
  peer.close();
});

t.test('what comes late for a stream that we stopped is read over', async (t) => {
  const server = await start({ '/s/M': (call) => ({ onMessage: () => call.finish(ok) }) });
  t.teardown(() => server.drain(0));
  const peer = await connectPeer(server);
  peer.send(open(1), data(1, Buffer.from('x')));
  t.ok(await peer.next(({ type, stream }) => type === frameType.rstStream && stream === 1), 'stopped without an error');
  peer.send(data(1, Buffer.from('late')), open(1, { 'x-late': 'trailer' }, flag.endStream), reset(1));
  await peer.settled();
  t.equal(peer.socket.destroyed, false);
  peer.close();
});
