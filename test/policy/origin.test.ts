import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { localOrigin, remoteOrigin } from '../../plugin/policy/origin.ts';

t.test('a file or folder is found again when it has changed, and not before', async (t) => {
  const folder = t.testdir({ 'a.rego': 'one', sub: { 'b.json': '{}' } });
  for (const [source, change] of [
    [join(folder, 'a.rego'), () => utimesSync(join(folder, 'a.rego'), 1, 1)],
    [folder, () => writeFileSync(join(folder, 'sub', 'c.json'), '{}')],
  ] as const) {
    const origin = localOrigin(source);
    const first = await origin.look();
    t.equal(first?.path, source);
    t.ok(await origin.look(), 'until it was taken or refused');
    await first?.kept();
    t.equal(await origin.look(), null);
    change();
    await (await origin.look())?.refused();
    t.equal(await origin.look(), null);
  }
  t.equal(localOrigin(folder).lastGood, null);
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function service(t: Test, handler: Handler) {
  const server = createServer((request, response) => current(request, response));
  let current = handler;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close() && server.closeAllConnections());
  const address = server.address();
  const folder = join(t.testdir(), 'policy');
  const token = join(folder, '..', 'token');
  writeFileSync(token, 'opaque\n');
  return {
    folder,
    change: (next: Handler) => {
      current = next;
    },
    origin: remoteOrigin({
      url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/bundle.tar.gz`,
      folder,
      tokenFile: token,
      deadline: 200,
    }),
  };
}

t.test('a bundle service is asked with ETag and token, and what served is kept', async (t) => {
  const seen: (string | undefined)[][] = [];
  const { origin, folder } = await service(t, (request, response) => {
    seen.push([request.headers['if-none-match'], request.headers.authorization]);
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { etag: '"1"' }).end('bytes');
  });
  const found = await origin.look();
  t.equal(readFileSync(found?.path ?? '', 'utf8'), 'bytes');
  t.notOk(existsSync(origin.lastGood ?? ''), 'not before it is in force');
  await found?.kept();
  t.equal(readFileSync(origin.lastGood ?? '', 'utf8'), 'bytes');
  t.equal(await origin.look(), null);
  t.same(seen, [
    [undefined, 'Bearer opaque'],
    ['"1"', 'Bearer opaque'],
  ]);
  t.ok(existsSync(folder));
});

t.test('what is refused is not kept, and not fetched again until it changes', async (t) => {
  let answers = 0;
  const { origin } = await service(t, (request, response) => {
    if (request.headers['if-none-match'] === '"bad"') return void response.writeHead(304).end();
    answers += 1;
    response.writeHead(200, { etag: '"bad"' }).end('rubbish');
  });
  const found = await origin.look();
  await found?.refused();
  t.notOk(existsSync(found?.path ?? ''));
  t.notOk(existsSync(origin.lastGood ?? ''));
  t.equal(await origin.look(), null);
  t.equal(answers, 1);
});

t.test('a service that fails in any way is an error without its content or our token', async (t) => {
  const { origin, change, folder } = await service(t, (_request, response) => response.writeHead(500).end('secret'));
  mkdirSync(folder, { recursive: true });
  const ways: Record<string, Handler> = {
    'status 500': (_request, response) => response.writeHead(500).end('secret'),
    'a redirect': (_request, response) => response.writeHead(302, { location: 'http://example.com/' }).end(),
    'a 304 that nobody asked for': (_request, response) => response.writeHead(304).end(),
    'no answer': () => undefined,
    'a body that stops': (_request, response) => void response.writeHead(200, { 'content-length': '9' }).write('x'),
    'a cut connection': (request) => request.socket.destroy(),
  };
  for (const [way, handler] of Object.entries(ways)) {
    change(handler);
    const error = await origin.look().then(
      () => null,
      (thrown: unknown) => thrown as Error & { code?: string },
    );
    t.equal(error?.code, 'policy_missing', way);
    t.notMatch(error?.message, /secret|opaque/);
  }
  const endless = Buffer.alloc(8 * 1_048_576);
  change((_request, response) => {
    const more = () => {
      while (response.write(endless));
    };
    response.on('drain', more);
    more();
  });
  await t.rejects(origin.look(), { code: 'policy_missing' }, 'a body without an end');
});
