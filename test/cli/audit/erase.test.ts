import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { main } from '../../../plugin/cli/main.ts';

const bodies: unknown[] = [];
let erased = 2;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  bodies.push({ url: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) });
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ erased, recordings: erased === 0 ? 0 : 1, holds: 0 }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
t.teardown(() => server.close());
process.env.COUNTERSIGN_TOKEN = 'carol';

/** Runs the command line in this process, where a start costs nothing. */
async function run(...args: readonly string[]) {
  const { stdout, stderr } = process;
  const writes = [stdout.write, stderr.write] as const;
  const [out, err]: [string[], string[]] = [[], []];
  stdout.write = (text: string | Uint8Array) => out.push(String(text)) > 0;
  stderr.write = (text: string | Uint8Array) => err.push(String(text)) > 0;
  try {
    process.exitCode = undefined;
    const { port } = server.address() as AddressInfo;
    await main(['audit', 'erase', '--admin', `127.0.0.1:${port}`, ...args]);
    return { status: process.exitCode ?? 0, out: out.join(''), err: err.join('') };
  } finally {
    [stdout.write, stderr.write] = writes;
    process.exitCode = undefined;
  }
}

t.test('what is to be erased is sent as it was said', async (t) => {
  const reason = ['--reason', 'case 7'];
  t.match(await run('--exchange', 'e-1', ...reason), {
    status: 0,
    out: 'erased, for good: 2 openings of entries, 1 recording\n',
  });
  erased = 0;
  t.match(await run('--principal', 'a', '--issuer', 'i', ...reason), { status: 0, out: 'nothing to erase\n' });
  t.match(await run('--before', '2026-06-01', ...reason, '--json'), {
    status: 0,
    out: '{"erased":0,"recordings":0,"holds":0}\n',
  });
  t.same(bodies, [
    { url: '/api/v1/audit/erase', body: { exchange: 'e-1', reason: 'case 7' } },
    { url: '/api/v1/audit/erase', body: { principal: 'a', issuer: 'i', reason: 'case 7' } },
    { url: '/api/v1/audit/erase', body: { before: Date.UTC(2026, 5, 1), reason: 'case 7' } },
  ]);
});

t.test('what is not said clearly erases nothing', async (t) => {
  const before = bodies.length;
  for (const [args, message] of [
    [['--reason', 'x'], /expected one of/],
    [['--exchange', 'e', '--principal', 'a', '--reason', 'x'], /expected one of/],
    [['--exchange', 'e', '--issuer', 'i', '--reason', 'x'], /goes with --principal/],
    [['--exchange', 'e'], /--reason/],
    [['--before', 'tomorrow', '--reason', 'x'], /expected a day/],
  ] as const)
    t.match(await run(...args), { status: 64, err: message }, args.join(' '));
  t.equal(bodies.length, before);
});
