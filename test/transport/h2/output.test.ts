import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import t from 'tap';
import { openOutput } from '../../../plugin/transport/h2/output.ts';

/** Both ends of a connection. */
async function pair() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const far = createConnection(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  return { near, far, close: () => [near, far].map((socket) => socket.destroy()) && server.close() };
}

t.test('what a turn brings, its microtasks included, is one write', async (t) => {
  const { near, far, close } = await pair();
  let writes = 0;
  const write = near.write.bind(near);
  near.write = ((bytes: Uint8Array) => {
    writes += 1;
    return write(bytes);
  }) as typeof near.write;
  const output = openOutput(near, () => undefined);
  output.push(Buffer.from('a'));
  queueMicrotask(() => output.push(Buffer.from('b')));
  Promise.resolve().then(() => Promise.resolve().then(() => output.push(Buffer.from('c'))));
  const [bytes] = (await once(far, 'data')) as [Buffer];
  t.equal(bytes.toString(), 'abc');
  t.equal(writes, 1);
  close();
});

t.test('it is full while the peer takes nothing, and says when there is room', async (t) => {
  const { near, far, close } = await pair();
  let heard: () => void = () => undefined;
  const output = openOutput(near, () => heard());
  t.equal(output.full, false);
  far.pause();
  const piece = Buffer.alloc(1024 * 1024);
  while (output.stuckSince === null) {
    output.push(piece);
    t.equal(output.full, true, 'a megabyte in one turn is enough');
    await new Promise((done) => setImmediate(done));
  }
  t.ok(output.unwritten > 0);
  t.equal(output.full, true);
  const room = new Promise<void>((resolve) => {
    heard = resolve;
  });
  far.resume();
  await room;
  t.equal(output.full, false);
  t.equal(output.stuckSince, null);
  close();
});

t.test('the end goes after what was said', async (t) => {
  const { near, far, close } = await pair();
  const output = openOutput(near, () => undefined);
  output.push(Buffer.from('last words'));
  output.end();
  let text = '';
  far.on('data', (bytes) => {
    text += bytes;
  });
  await once(far, 'end');
  t.equal(text, 'last words');
  close();
});
