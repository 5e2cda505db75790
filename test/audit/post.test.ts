import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { post } from '../../plugin/audit/post.ts';

t.test('an answer is bounded, redirects are not followed, and who can not be reached is named', async (t) => {
  const server = createServer((request, response) => {
    if (request.url === '/long') response.end(Buffer.alloc(70_000));
    else if (request.url === '/away') response.writeHead(302, { location: '/' }).end();
    else response.writeHead(201).end('yes');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (path: string) => post(url + path, 'text/plain', Buffer.from('x'), AbortSignal.timeout(5_000));
  t.match(await ask('/'), { status: 201, body: Buffer.from('yes') });
  await t.rejects(ask('/long'), /longer than 65536/);
  await t.rejects(ask('/away'), /can't be reached/);
  server.closeAllConnections();
  server.close();
  await t.rejects(ask('/'), /127\.0\.0\.1:\d+ can't be reached/);
});
