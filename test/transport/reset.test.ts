/**
 * Envoy resets every ext_proc stream when it is done with it, also after a clean end. A stock HTTP/2 server on nghttp2
 * takes that for an attack and closes the connection, with a held Check on it.
 */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { h2Transport } from '../../plugin/transport/h2/server.ts';
import { nodeTransport } from '../../plugin/transport/node.ts';
import type { Call, Route, Transport } from '../../plugin/transport/port.ts';

const exchanges = 5000;
const atOnce = 64;

function open(session: ClientHttp2Session, path: string) {
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  stream.on('error', () => undefined);
  return stream;
}

const message = Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), Buffer.from('abc')]);

/** One exchange as Envoy has it: send, read the reply, reset. False when it was cut before its reply. */
function exchange(session: ClientHttp2Session): Promise<boolean> {
  return new Promise((resolve) => {
    if (session.destroyed || session.closed) {
      resolve(false);
      return;
    }
    const stream = open(session, '/s/Process');
    let replied = false;
    stream.on('data', () => {
      replied = true;
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on('close', () => resolve(replied));
    stream.write(message);
  });
}

/** How many of `count` exchanges over one connection got their reply. */
async function run(session: ClientHttp2Session, count: number): Promise<number> {
  let started = 0;
  let replied = 0;
  async function worker(): Promise<void> {
    while (started < count) {
      started += 1;
      if (await exchange(session)) replied += 1;
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker));
  return replied;
}

for (const [adapter, transport] of [
  ['node', nodeTransport()],
  ['h2', h2Transport()],
] as const)
  t.test(`${adapter}: a held call gets its answer beside ${exchanges} streams that the peer resets`, (t) =>
    heldBesideResets(t, transport),
  );

async function heldBesideResets(t: Test, transport: Transport): Promise<void> {
  const { promise: held, resolve: holds } = Promise.withResolvers<Call>();
  let cancels = 0;
  const check: Route = (call) => {
    holds(call);
    return { onMessage: () => undefined, onCancel: () => t.fail('the held call was cut') };
  };
  const process: Route = (call) => ({
    onMessage: (bytes) => void call.send(bytes),
    onCancel: () => {
      cancels += 1;
    },
  });
  const routes = new Map([
    ['/s/Check', check],
    ['/s/Process', process],
  ]);
  const server = await transport.serve(routes, { host: '127.0.0.1', port: 0 });
  const session = connect(`http://${server.address}`);
  session.on('error', (error) => t.fail(error.message));
  const waiting = open(session, '/s/Check');
  waiting.end(message);
  const call = await held;
  t.equal(await run(session, exchanges), exchanges);
  // Whatever was sent before a ping has been read when it comes back.
  await new Promise((back) => session.ping(back));
  const trailers = once(waiting, 'trailers');
  waiting.resume();
  call.send(Buffer.from('allowed'));
  call.finish({ code: 0, message: '' });
  const [got] = (await trailers) as [Record<string, unknown>];
  t.equal(got['grpc-status'], '0');
  t.equal(cancels, exchanges, 'each reset is one cancel');
  session.close();
  await server.drain(1000);
}

t.test('the limits of a stock server would have cut it: this test can fail', async (t) => {
  const stock = createServer();
  stock.on('session', (session) => session.on('error', () => undefined));
  stock.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200 });
    stream.on('data', (bytes: Buffer) => void stream.write(bytes));
  });
  await new Promise<void>((resolve) => stock.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(stock.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  const replied = await run(session, 2000);
  t.ok(replied < 2000, `${replied} of 2000 exchanges got their reply`);
  session.destroy();
  stock.close();
});
