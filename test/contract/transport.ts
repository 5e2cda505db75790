/** What every adapter of the Transport port promises, tried with grpc-js and with a bare HTTP/2 client. */
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import type { Test } from 'tap';
import type { Call, Handler, Listener, Route, Server, Transport } from '../../plugin/transport/port.ts';

const ok = { code: 0, message: '' };

/** Answers with what came, when all of it has come. */
const echo: Route = (call) => ({
  onMessage: (message) => void call.send(message),
  onEnd: () => call.finish(ok),
});

interface Seen {
  readonly route: Route;
  /** The next call, with a promise for its cancellation. */
  next(): Promise<{ call: Call; cancels: number[]; messages: Buffer[]; cancelled: Promise<void> }>;
}

/** A route that only watches: the test has the call in its hands. */
function watched(handler: Partial<Handler> = {}): Seen {
  const waiting: ((seen: Awaited<ReturnType<Seen['next']>>) => void)[] = [];
  const arrived: Awaited<ReturnType<Seen['next']>>[] = [];
  return {
    route(call) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const seen = { call, cancels: [] as number[], messages: [] as Buffer[], cancelled: promise };
      const take = waiting.shift();
      if (take === undefined) arrived.push(seen);
      else take(seen);
      return {
        onMessage: (message) => {
          seen.messages.push(message);
          handler.onMessage?.(message);
        },
        onEnd: () => handler.onEnd?.(),
        onCancel: () => {
          seen.cancels.push(Date.now());
          resolve();
        },
      };
    },
    next: () =>
      new Promise((resolve) => {
        const seen = arrived.shift();
        if (seen === undefined) waiting.push(resolve);
        else resolve(seen);
      }),
  };
}

const same = (bytes: Buffer) => bytes;

type Client = grpc.Client;

function clientOf(server: Server, listener: Listener, options: grpc.ClientOptions = {}): Client {
  const target = 'unix' in listener ? `unix:${listener.unix}` : server.address;
  return new grpc.Client(target, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    ...options,
  });
}

interface Outcome {
  readonly code: number;
  readonly details: string;
  readonly answer: Buffer | undefined;
}

function unary(client: Client, path: string, message: Buffer, options: grpc.CallOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, same, same, message, new grpc.Metadata(), options, (error, answer) =>
      resolve({ code: error?.code ?? 0, details: error?.details ?? '', answer }),
    );
  });
}

function bidi(client: Client, path: string, metadata = new grpc.Metadata(), options: grpc.CallOptions = {}) {
  const call = client.makeBidiStreamRequest(path, same, same, metadata, options);
  const status = new Promise<grpc.StatusObject>((resolve) => call.on('status', resolve));
  call.on('error', () => undefined);
  return { call, status };
}

function raw(server: Server, listener: Listener): Promise<ClientHttp2Session> {
  const session =
    'unix' in listener
      ? connect('http://localhost', { createConnection: () => createConnection(listener.unix) })
      : connect(`http://${server.address}`);
  session.on('error', () => undefined);
  return once(session, 'connect').then(() => session);
}

function open(session: ClientHttp2Session, path: string, headers: Record<string, string> = {}): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  return stream;
}

function framed(message: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The grpc-status of a stream, from its trailers or from its only headers. */
function grpcStatus(stream: ClientHttp2Stream): Promise<string> {
  return new Promise((resolve, reject) => {
    const take = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined) resolve(String(headers['grpc-status']));
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('close', () => reject(new Error('the stream closed without a status')));
    stream.resume();
  });
}

/** Runs the suite on one adapter, over TCP and over a unix socket. */
export function transportContract(t: Test, transport: () => Transport): void {
  t.test('over TCP', async (t) => suite(t, transport, () => ({ host: '127.0.0.1', port: 0 })));
  t.test('over a unix socket', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'transport-'));
    await chmod(folder, 0o750);
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    let count = 0;
    await suite(t, transport, () => ({ unix: join(folder, `${count++}.sock`) }));
  });
}

async function suite(t: Test, transport: () => Transport, listener: () => Listener): Promise<void> {
  async function start(t: Test, routes: Record<string, Route>) {
    const where = listener();
    const server = await transport().serve(new Map(Object.entries(routes)), where);
    const client = clientOf(server, where);
    t.teardown(async () => {
      client.close();
      await server.drain(0);
    });
    return { server, client, where };
  }

  await t.test('a unary call gets its answer', async (t) => {
    const { client } = await start(t, { '/s/Echo': echo });
    for (const size of [0, 1, 20_000, 3_000_000]) {
      const message = Buffer.alloc(size, 'x');
      const { code, answer } = await unary(client, '/s/Echo', message);
      t.equal(code, 0);
      t.ok(answer?.equals(message), `${size} bytes come back`);
    }
  });

  await t.test('the call shows path, metadata and deadline', async (t) => {
    const seen = watched();
    const { client } = await start(t, { '/s/M': seen.route });
    const metadata = new grpc.Metadata();
    metadata.add('x-a', '1');
    metadata.add('x-a', '2');
    const deadline = Date.now() + 60_000;
    const { call } = bidi(client, '/s/M', metadata, { deadline });
    const { call: got } = await seen.next();
    t.equal(got.path, '/s/M');
    t.equal(got.metadata['x-a'], '1, 2');
    t.notOk(Object.keys(got.metadata).some((name) => name.startsWith(':')));
    t.ok(got.deadline !== null && Math.abs(got.deadline - deadline) < 5000);
    call.cancel();
    const { call: endless } = bidi(client, '/s/M');
    t.equal((await seen.next()).call.deadline, null);
    endless.cancel();
  });

  await t.test('messages of a stream come in order, both ways, and end with the status that was given', async (t) => {
    const route: Route = (call) => ({
      onMessage: (message) => {
        call.send(message);
        call.send(Buffer.from(`${message}!`));
      },
      onEnd: () => call.finish({ code: 9, message: 'süß 100%\n' }),
    });
    const { client } = await start(t, { '/s/M': route });
    const { call, status } = bidi(client, '/s/M');
    const got: string[] = [];
    call.on('data', (bytes: Buffer) => got.push(bytes.toString()));
    for (const word of ['a', 'b', 'c']) call.write(Buffer.from(word));
    call.end();
    const { code, details } = await status;
    t.same(got, ['a', 'a!', 'b', 'b!', 'c', 'c!']);
    t.equal(code, 9);
    t.equal(details, 'süß 100%\n');
  });

  await t.test('the server may end first: the peer gets what was sent and the status, and stops', async (t) => {
    const route: Route = (call) => ({
      onMessage: (message) => {
        call.send(message);
        call.finish({ code: 13, message: 'no' });
        call.finish(ok);
        call.send(message);
      },
      onCancel: () => t.fail('cancelled after our finish'),
    });
    const { server, where } = await start(t, { '/s/M': route });
    const session = await raw(server, where);
    const stream = open(session, '/s/M');
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const status = grpcStatus(stream);
    const closed = once(stream, 'close');
    stream.write(framed(Buffer.from('abc')));
    t.equal(await status, '13');
    await closed;
    t.equal(bytes, 8, 'nothing leaves after the end');
    session.close();
  });

  await t.test('a path without a route is UNIMPLEMENTED', async (t) => {
    const { client } = await start(t, {});
    t.equal((await unary(client, '/s/Nope', Buffer.alloc(0))).code, grpc.status.UNIMPLEMENTED);
  });

  await t.test('what is not gRPC gets an HTTP status', async (t) => {
    const { server, where } = await start(t, { '/s/Echo': echo });
    const session = await raw(server, where);
    for (const [headers, expected] of [
      [{ ':method': 'GET' }, 405],
      [{ 'content-type': 'application/json' }, 415],
      [{ 'content-type': 'application/grpc-web' }, 415],
    ] as const) {
      const stream = open(session, '/s/Echo', headers);
      const [response] = (await once(stream, 'response')) as [Record<string, unknown>];
      t.equal(response[':status'], expected);
      stream.close();
    }
    session.close();
  });

  await t.test('an exception ends its own call with INTERNAL and no other', async (t) => {
    const held = watched();
    let cancels = 0;
    const throwing: Route = () => ({
      onMessage() {
        throw new Error('secret');
      },
      onCancel: () => {
        cancels += 1;
        throw new Error('again');
      },
    });
    const refusing: Route = () => {
      throw new Error('secret');
    };
    const { client } = await start(t, { '/s/Held': held.route, '/s/Throw': throwing, '/s/Refuse': refusing });
    const { call, status } = bidi(client, '/s/Held');
    const { call: mine } = await held.next();
    for (const path of ['/s/Throw', '/s/Refuse']) {
      const { code, details } = await unary(client, path, Buffer.from('x'));
      t.equal(code, grpc.status.INTERNAL);
      t.notMatch(details, /secret/);
    }
    t.equal(cancels, 1, 'the handler learns that its call is over');
    mine.finish(ok);
    call.end();
    call.resume();
    t.equal((await status).code, 0);
  });

  await t.test('messages that are too large, compressed or malformed are refused, and the handler told', async (t) => {
    const seen = watched();
    const { server, where } = await start(t, { '/s/M': seen.route });
    const session = await raw(server, where);
    const tooLarge = Buffer.alloc(5);
    tooLarge.writeUInt32BE(8 * 1024 * 1024 + 1, 1);
    for (const [bytes, end, code] of [
      [tooLarge, false, '8'],
      [framed(Buffer.from('x'), 1), false, '12'],
      [framed(Buffer.from('x'), 2), false, '13'],
      [framed(Buffer.from('xyz')).subarray(0, 6), true, '13'],
    ] as const) {
      const stream = open(session, '/s/M');
      const status = grpcStatus(stream);
      if (end) stream.end(bytes);
      else stream.write(bytes);
      t.equal(await status, code);
      const { cancels, messages } = await seen.next();
      t.same([cancels.length, messages.length], [1, 0]);
    }
    session.close();
  });

  await t.test('each way in which a peer leaves is a cancel, once, and after our finish none is', async (t) => {
    const seen = watched();
    const { server, client, where } = await start(t, { '/s/M': seen.route });
    const ways: Record<string, (session: ClientHttp2Session, stream: ClientHttp2Stream) => void> = {
      reset: (_session, stream) => stream.close(constants.NGHTTP2_CANCEL),
      'reset without an error': (_session, stream) => stream.close(constants.NGHTTP2_NO_ERROR),
      'lost connection': (session) => session.destroy(),
    };
    for (const [way, leave] of Object.entries(ways))
      for (const state of ['open', 'half-closed', 'answering', 'paused']) {
        const session = await raw(server, where);
        const stream = open(session, '/s/M');
        const message = framed(Buffer.from('x'));
        if (state === 'half-closed') stream.end(message);
        else stream.write(message);
        const { call, cancels, cancelled } = await seen.next();
        if (state === 'answering') {
          call.send(Buffer.from('y'));
          await once(stream, 'data');
        }
        if (state === 'paused') {
          call.pause();
          stream.write(framed(Buffer.alloc(100_000)));
          await ping(session);
        }
        leave(session, stream);
        await cancelled;
        call.finish(ok);
        await unary(client, '/s/Nope', Buffer.alloc(0));
        t.equal(cancels.length, 1, `${way} while ${state}`);
        session.destroy();
      }
    const session = await raw(server, where);
    const stream = open(session, '/s/M');
    const { call, cancels } = await seen.next();
    const status = grpcStatus(stream);
    call.finish(ok);
    await status;
    stream.close(constants.NGHTTP2_CANCEL);
    session.destroy();
    await once(session, 'close');
    await unary(client, '/s/Nope', Buffer.alloc(0));
    t.equal(cancels.length, 0);
  });

  await t.test('pause reaches the peer, resume goes on, and nothing is lost', async (t) => {
    let received = 0;
    let ended = false;
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const { promise: started, resolve: start1 } = Promise.withResolvers<Call>();
    const route: Route = (call) => {
      call.pause();
      start1(call);
      return {
        onMessage: (message) => {
          received += message.length;
        },
        onEnd: () => {
          ended = true;
          call.finish(ok);
          resolve();
        },
      };
    };
    const { server, where } = await start(t, { '/s/M': route });
    const session = await raw(server, where);
    const stream = open(session, '/s/M');
    const status = grpcStatus(stream);
    const message = Buffer.alloc(500_000, 'm');
    for (let sent = 0; sent < 12; sent++) stream.write(framed(message));
    stream.end();
    const call = await started;
    await stalled(session, stream);
    t.ok(stream.writableLength > 4_000_000, `the peer holds back ${stream.writableLength} of 6,000,060 bytes`);
    t.equal(received, 0);
    t.notOk(ended);
    call.resume();
    await end;
    t.equal(received, 6_000_000);
    t.equal(await status, '0');
    session.close();
  });

  await t.test('a handler may pause within a message: the next one waits', async (t) => {
    const got: string[] = [];
    const { promise: first, resolve: one } = Promise.withResolvers<Call>();
    const { promise: all, resolve: two } = Promise.withResolvers<void>();
    const route: Route = (call) => ({
      onMessage: (message) => {
        got.push(message.toString());
        if (got.length === 1) {
          call.pause();
          one(call);
        }
        if (got.length === 3) two();
      },
      onEnd: () => call.finish(ok),
    });
    const { server, where } = await start(t, { '/s/M': route });
    const session = await raw(server, where);
    const stream = open(session, '/s/M');
    const status = grpcStatus(stream);
    stream.end(Buffer.concat(['a', 'b', 'c'].map((word) => framed(Buffer.from(word)))));
    const call = await first;
    await ping(session);
    t.same(got, ['a']);
    call.resume();
    await all;
    t.same(got, ['a', 'b', 'c']);
    t.equal(await status, '0');
    session.close();
  });

  await t.test('send says when the peer is slow, and onDrain when it is not', async (t) => {
    const chunk = Buffer.alloc(100_000, 'c');
    let sent = 0;
    let held = 0;
    const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
    const route: Route = (call) => {
      function pump(): void {
        while (sent < 60) {
          sent += 1;
          if (!call.send(chunk)) {
            held += 1;
            isFull();
            return;
          }
        }
        call.finish(ok);
      }
      return { onMessage: pump, onDrain: pump };
    };
    const { server, where } = await start(t, { '/s/M': route });
    const session = await raw(server, where);
    const stream = open(session, '/s/M');
    stream.pause();
    stream.end(framed(Buffer.from('go')));
    await full;
    await ping(session);
    t.ok(sent < 30, `${sent} chunks were sent to a peer that does not read`);
    let bytes = 0;
    stream.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    const status = grpcStatus(stream);
    t.equal(await status, '0');
    t.equal(bytes, 60 * 100_005);
    t.ok(held > 0);
    session.close();
  });

  await t.test('bytes that are no HTTP/2 end their connection and nothing else', async (t) => {
    const held = watched();
    const { client, server, where } = await start(t, { '/s/Held': held.route });
    const { call, status } = bidi(client, '/s/Held');
    const { call: mine } = await held.next();
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', `${preface}${'\xff'.repeat(100)}`, preface]) {
      const socket = 'unix' in where ? createConnection(where.unix) : createConnection(portOf(server), '127.0.0.1');
      socket.on('error', () => undefined);
      const closed = once(socket, 'close');
      socket.end(Buffer.from(bytes, 'latin1'));
      socket.resume();
      await closed;
    }
    mine.finish(ok);
    call.end();
    call.resume();
    t.equal((await status).code, 0);
  });

  await t.test('drain lets calls in flight finish, takes no more, and then closes', async (t) => {
    const seen = watched();
    const { server, client, where } = await start(t, { '/s/M': seen.route });
    const { call, status } = bidi(client, '/s/M');
    const { call: mine, cancels } = await seen.next();
    const drained = server.drain(5000);
    const late = new grpc.Client('unix' in where ? `unix:${where.unix}` : server.address, insecure());
    const { code } = await unary(late, '/s/M', Buffer.alloc(0));
    t.equal(code, grpc.status.UNAVAILABLE);
    late.close();
    mine.send(Buffer.from('x'));
    mine.finish(ok);
    call.end();
    call.resume();
    t.equal((await status).code, 0);
    await drained;
    t.equal(cancels.length, 0);
  });

  await t.test('drain cuts what is left at its timeout, and its handlers are told', async (t) => {
    const seen = watched();
    const { server, client } = await start(t, { '/s/M': seen.route });
    const { call, status } = bidi(client, '/s/M');
    const { cancels } = await seen.next();
    await server.drain(20);
    call.resume();
    t.equal((await status).code, grpc.status.UNAVAILABLE);
    t.equal(cancels.length, 1);
  });
}

const insecure = () => grpc.credentials.createInsecure();

/** Answered by the peer's HTTP/2 layer: all that we sent before has been read. */
function ping(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => session.ping((error) => (error === null ? resolve() : reject(error))));
}

/** Pings until two of them see the stream's backlog unchanged: flow control holds it. */
async function stalled(session: ClientHttp2Session, stream: ClientHttp2Stream): Promise<void> {
  for (let before = -1, same = 0; same < 3; ) {
    await ping(session);
    const now = stream.writableLength;
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

function portOf(server: Server): number {
  return Number(server.address.split(':').at(-1));
}
