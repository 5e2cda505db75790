import { once } from 'node:events';
import { connect } from 'node:http2';
import t from 'tap';
import { nodeTransport } from '../../plugin/transport/node.ts';
import type { Call, Route } from '../../plugin/transport/port.ts';

const message = Buffer.from([0, 0, 0, 0, 1, 0x78]);

/** Longer than a test may take: a drain that resolves was not cut. */
const never = 60_000;

async function start(route: Route) {
  const server = await nodeTransport().serve(new Map([['/s/M', route]]), { host: '127.0.0.1', port: 0 });
  const session = connect(`http://${server.address}`);
  session.on('error', () => undefined);
  await once(session, 'remoteSettings');
  const open = () => {
    const stream = session.request({ ':method': 'POST', ':path': '/s/M', 'content-type': 'application/grpc' });
    stream.on('error', () => undefined);
    return stream;
  };
  return { server, session, open };
}

const answering: Route = (call) => ({ onMessage: () => call.finish({ code: 0, message: '' }) });

t.test('a connection on which nothing is under way closes at once', async (t) => {
  const { server, session, open } = await start(answering);
  const stream = open();
  stream.resume().end(message);
  await once(stream, 'close');
  const closed = once(session, 'close');
  await server.drain(never);
  await closed;
  t.ok(session.destroyed);
});

t.test(
  'a connection closes with its last call, also when that ends before the peer has read that we leave',
  async (t) => {
    for (const wait of [true, false]) {
      const { promise, resolve } = Promise.withResolvers<Call>();
      const { server, session, open } = await start((call) => ({ onMessage: () => resolve(call) }));
      const stream = open();
      stream.resume().end(message);
      const call = await promise;
      const drained = server.drain(never);
      if (wait) await once(session, 'goaway');
      call.finish({ code: 0, message: '' });
      const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
      t.equal(head['grpc-status'], '0');
      await drained;
    }
  },
);

t.test('a peer that never leaves is cut', async (t) => {
  let cancels = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const { server, session, open } = await start(() => ({
    onMessage: () => resolve(),
    onCancel: () => {
      cancels += 1;
    },
  }));
  open().write(message);
  await promise;
  const closed = once(session, 'close');
  await server.drain(10);
  await closed;
  t.equal(cancels, 1);
});

t.test('draining twice is draining once', async (t) => {
  const { server } = await start(answering);
  t.equal(server.drain(never), server.drain(never));
  await server.drain(0);
});
