import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { createConnection } from 'node:net';
import t from 'tap';
import { nodeTransport } from '../../plugin/transport/node.ts';
import type { Call, Route } from '../../plugin/transport/port.ts';

const ok = { code: 0, message: '' };
const message = Buffer.from([0, 0, 0, 0, 1, 0x78]);

async function start(route: Route) {
  const server = await nodeTransport().serve(new Map([['/s/M', route]]), { host: '127.0.0.1', port: 0 });
  const socket = createConnection(Number(server.address.split(':').at(-1)), '127.0.0.1');
  const session = connect(`http://${server.address}`, { createConnection: () => socket });
  session.on('error', () => undefined);
  const open = () => {
    const stream = session.request({ ':method': 'POST', ':path': '/s/M', 'content-type': 'application/grpc' });
    stream.on('error', () => undefined);
    return stream;
  };
  return { server, socket, session, open };
}

t.test('the head and the message of an answer arrive in one read', async (t) => {
  const { server, socket, session, open } = await start((call) => ({
    onMessage: (bytes) => {
      call.send(bytes);
      call.finish(ok);
    },
  }));
  for (let warm = 0; warm < 2; warm++) {
    const stream = open();
    stream.resume().end(message);
    await once(stream, 'close');
  }
  const stream = open();
  const reads = new Set<number>();
  for (const event of ['response', 'data']) stream.on(event, () => reads.add(socket.bytesRead));
  stream.end(message);
  await once(stream, 'close');
  t.equal(reads.size, 1);
  session.close();
  await server.drain(1000);
});

t.test('many calls on one connection leave no stream behind, whichever side ends first', async (t) => {
  let calls = 0;
  const { server, session, open } = await start((call) => {
    calls += 1;
    return {
      onMessage: () => call.finish({ code: 13, message: 'no' }),
      onCancel: () => t.fail('our finish came first'),
    };
  });
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const stream = open();
      stream.resume();
      if (index % 2 === 0) stream.end(message);
      else stream.write(message);
      const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
      t.equal(head['grpc-status'], '13');
      if (!stream.closed) await once(stream, 'close');
    }),
  );
  t.equal(calls, 50);
  session.close();
  // Resolves by itself, long before it would cut, only when each stream is gone.
  const before = Date.now();
  await server.drain(5000);
  t.ok(Date.now() - before < 2000);
});

t.test('what a call does after the peer left has no effect', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Call>();
  const { promise: left, resolve: leaves } = Promise.withResolvers<void>();
  const { server, session, open } = await start((call) => ({ onMessage: () => resolve(call), onCancel: leaves }));
  const stream = open();
  stream.write(message);
  const call = await promise;
  stream.close(constants.NGHTTP2_CANCEL);
  await left;
  call.pause();
  call.resume();
  t.equal(call.send(Buffer.alloc(1_000_000)), true);
  call.finish(ok);
  session.close();
  await server.drain(1000);
});
