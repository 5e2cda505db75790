/**
 * Our HTTP/2 server under connections that are nearly right: `npm run fuzz:h2 [-- SECONDS]`, a minute without. Each is a
 * conversation with some bytes altered, cut, repeated or torn into reads. A well-behaved call beside them must always be
 * answered, and memory must not grow.
 */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { flag, frameOf, frameType, numbersFrame, preface, settingsFrame } from '../../../plugin/transport/h2/frames.ts';
import { blockOf, data, grpcRequest, open, reset, start } from './peer.ts';

const MiB = 1_048_576;

/** A generator of numbers below a bound, the same for the same seed (https://prng.di.unimi.it/splitmix64.c, 32 bits). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

function conversation(next: (below: number) => number): Buffer {
  const block = blockOf({ ...grpcRequest, 'x-random': String(next(1e9)) });
  const frames = [
    () => open(1 + 2 * next(8)),
    () => data(1 + 2 * next(8), Buffer.alloc(next(2_000)), next(2)),
    () => reset(1 + 2 * next(8), next(14)),
    () => frameOf(frameType.ping, next(2), 0, Buffer.alloc(8)),
    () => settingsFrame([[1 + next(6), next(2 ** 31)]]),
    () => numbersFrame(frameType.windowUpdate, next(4), [next(2 ** 31)]),
    () => frameOf(frameType.headers, next(64), 1 + 2 * next(8), block.subarray(0, next(block.length))),
    () => frameOf(frameType.continuation, flag.endHeaders, 1 + 2 * next(8), block.subarray(next(block.length))),
    () => frameOf(next(12), next(256), next(16), Buffer.from(Array.from({ length: next(64) }, () => next(256)))),
  ];
  const all = Array.from({ length: 1 + next(30) }, () => (frames[next(frames.length)] ?? (() => Buffer.alloc(0)))());
  const bytes = Buffer.concat([preface, settingsFrame([]), ...all]);
  for (let count = next(4); count > 0; count--) bytes[preface.length + next(bytes.length - preface.length)] = next(256);
  return bytes.subarray(0, next(3) === 0 ? next(bytes.length) : bytes.length);
}

/** One connection; resolves when it is over. */
async function attack(port: number, seed: number): Promise<void> {
  const next = random(seed);
  const bytes = conversation(next);
  const socket = createConnection(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect').catch(() => undefined);
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + next(next(2) === 0 ? 8 : 4_096);
    socket.write(bytes.subarray(at, at + length));
    at += length;
    if (next(4) === 0) await new Promise((done) => setImmediate(done));
  }
  socket.destroySoon();
  if (!socket.destroyed) await once(socket, 'close');
}

/** Bytes that are really held: what the process keeps of the system's memory says less. Needs --expose-gc. */
function inUse(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const seconds = Number(process.argv[2] ?? 60);
const seed = Date.now() % 1e9;
const faults: unknown[] = [];
const server = await start(
  {
    '/s/M': (call) => ({
      onMessage: (bytes) => void call.send(bytes),
      onEnd: () => call.finish({ code: 0, message: '' }),
    }),
  },
  { onFault: (error) => faults.push(error) },
);
const port = Number(server.address.split(':').at(-1));
const good = connect(`http://${server.address}`);
const until = Date.now() + seconds * 1_000;
let tried = 0;
let base = 0;
while (Date.now() < until) {
  await Promise.all(Array.from({ length: 16 }, (_, at) => attack(port, seed + tried + at)));
  tried += 16;
  const stream = good.request({ ':method': 'POST', ':path': '/s/M', 'content-type': 'application/grpc' });
  stream.resume().end(Buffer.from([0, 0, 0, 0, 1, 7]));
  const [trailers] = (await once(stream, 'trailers', { signal: AbortSignal.timeout(10_000) })) as [
    Record<string, unknown>,
  ];
  if (trailers['grpc-status'] !== '0')
    throw new Error(`seed ${seed}, ${tried}: a call beside them was answered ${trailers['grpc-status']}`);
  if (tried === 1_600) base = inUse();
}
const grown = (inUse() - base) / MiB;
good.close();
await server.drain(5_000);
if (faults.length > 0) throw new Error(`seed ${seed}: ${String(faults[0])}`);
if (base > 0 && grown > 16) throw new Error(`seed ${seed}: memory has grown by ${grown.toFixed(0)} MiB`);
process.stdout.write(
  `${tried} connections from seed ${seed}: every call beside them was answered, memory grew by ${grown.toFixed(0)} MiB\n`,
);
process.exit();
