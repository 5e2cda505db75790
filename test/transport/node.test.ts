import { Client, credentials } from '@grpc/grpc-js';
import t from 'tap';
import { nodeTransport } from '../../plugin/transport/node.ts';
import type { Route } from '../../plugin/transport/port.ts';
import { transportContract } from '../contract/transport.ts';

transportContract(t, () => nodeTransport());

t.test('somebody hears what a handler threw', async (t) => {
  const heard: unknown[] = [];
  const fault = new TypeError('a bug');
  const { promise, resolve } = Promise.withResolvers<void>();
  const transport = nodeTransport({
    onFault(error) {
      heard.push(error);
      resolve();
    },
  });
  const route: Route = () => {
    throw fault;
  };
  const server = await transport.serve(new Map([['/a.B/C', route]]), { host: '127.0.0.1', port: 0 });
  const client = new Client(server.address, credentials.createInsecure());
  t.teardown(async () => {
    client.close();
    await server.drain(1_000);
  });
  client.makeUnaryRequest(
    '/a.B/C',
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
    Buffer.from('x'),
    () => {},
  );
  await promise;
  t.same(heard, [fault]);
});
