/**
 * Calls that are held beside many that come and go, on one connection: `npm run soak:h2 [-- HELD EXCHANGES]`, 10,000 and
 * 100,000 without. Each exchange is reset by its peer once it is answered, as Envoy does. None of the held may be cut, all
 * are answered at the end, and the server (a process of its own) says what it took.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { Call } from '../../../plugin/transport/port.ts';
import { start } from './peer.ts';

const MiB = 1_048_576;
const message = Buffer.concat([Buffer.from([0, 0, 0, 2, 0]), Buffer.alloc(512)]);

/** The server: `held` calls wait for a word of the parent, `passing` ones are answered at once. */
async function serve(): Promise<void> {
  const held: Call[] = [];
  let cut = 0;
  const server = await start({
    '/s/Held': (call) => {
      held.push(call);
      return { onMessage: () => undefined, onCancel: () => (cut += 1) };
    },
    '/s/Pass': (call) => ({ onMessage: (bytes) => void call.send(bytes) }),
  });
  process.on('message', (word) => {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    if (word === 'answer') for (const call of held) call.finish({ code: 0, message: '' });
    process.send?.({
      held: held.length,
      cut,
      inUse: (heapUsed + external) / MiB,
      rss: rss / MiB,
      micros: process.cpuUsage().user + process.cpuUsage().system,
    });
  });
  process.send?.(server.address);
}

interface Report {
  readonly held: number;
  readonly cut: number;
  /** MiB that are held, and MiB that the system lends the process. */
  readonly inUse: number;
  readonly rss: number;
  readonly micros: number;
}

function open(session: ClientHttp2Session, path: string) {
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  stream.on('error', () => undefined);
  return stream;
}

async function drive(count: number, exchanges: number): Promise<void> {
  const child = fork(import.meta.filename, ['serve'], { execArgv: ['--expose-gc'] });
  const [address] = (await once(child, 'message')) as [string];
  const session = connect(`http://${address}`, { maxSessionMemory: 1_000 });
  await once(session, 'connect');
  const report = async (word: 'tell' | 'answer'): Promise<Report> => {
    child.send(word);
    const [said] = (await once(child, 'message')) as [Report];
    return said;
  };
  const before = await report('tell');
  const answers = Array.from({ length: count }, () => {
    const stream = open(session, '/s/Held');
    stream.resume().write(message);
    return once(stream, 'close').then(() => stream.rstCode);
  });
  while ((await report('tell')).held < count);
  const full = await report('tell');
  let left = exchanges;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const stream = open(session, '/s/Pass');
      stream.write(message);
      await once(stream, 'data');
      stream.close(constants.NGHTTP2_CANCEL);
      await once(stream, 'close');
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  const after = await report('tell');
  await report('answer');
  const codes = await Promise.all(answers);
  const failed = codes.filter((code) => code !== constants.NGHTTP2_NO_ERROR).length;
  child.kill();
  const grown = (from: Report, to: Report) =>
    `${(to.inUse - from.inUse).toFixed(0)} MiB in use (${(to.rss - from.rss).toFixed(0)} of RSS)`;
  const each = ((after.micros - full.micros) / exchanges).toFixed(0);
  process.stdout.write(
    `${count} held: ${grown(before, full)}; ${exchanges} exchanges beside them: ${each} us each, ${grown(full, after)} more; cut: ${after.cut}, not answered: ${failed}\n`,
  );
  process.exit(after.cut === 0 && failed === 0 ? 0 : 1);
}

const [first = '10000', second = '100000'] = process.argv.slice(2);
await (first === 'serve' ? serve() : drive(Number(first), Number(second)));
