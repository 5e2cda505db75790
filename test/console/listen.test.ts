import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type AdminParts, listenAdmin } from '../../plugin/console/listen.ts';

function get(
  socketPath: string,
  path: string,
): Promise<{ status: number | undefined; type: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], body }));
    })
      .on('error', reject)
      .end();
  });
}

/** A folder of our own with a path short enough for a socket (107 bytes). */
function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'admin-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
}

const parts = (path: string, serving: boolean): AdminParts => ({
  listener: { unix: path },
  health: () => ({ serving, policy: null, log: 'open' }),
  metrics: async () => 'countersign_up 1\n',
  metricsType: 'text/plain; version=0.0.4',
  routes: [
    (incoming, response) => {
      if (incoming.url === '/bug') throw new TypeError('a bug');
      if (incoming.url !== '/mine') return false;
      response.end('mine');
      return true;
    },
  ],
});

t.test('health, metrics, the routes, and a clear answer to the rest', async (t) => {
  const path = `${folder(t)}/admin.sock`;

  const server = await listenAdmin(parts(path, true));
  t.teardown(() => server.close());
  t.equal(statSync(path).mode & 0o777, 0o600, 'the socket is for its owner alone');
  t.match(await get(path, '/healthz'), { status: 200, body: '{"serving":true,"policy":null,"log":"open"}' });
  t.match(await get(path, '/metrics'), { status: 200, type: 'text/plain', body: 'countersign_up 1\n' });
  t.match(await get(path, '/mine'), { status: 200, body: 'mine' });
  t.match(await get(path, '/bug'), { status: 500, body: '' });
  t.match(await get(path, '/other'), { status: 404, type: 'application/problem+json' });
});

t.test('not serving is 503', async (t) => {
  const path = `${folder(t)}/admin.sock`;
  const server = await listenAdmin(parts(path, false));
  t.teardown(() => server.close());
  t.match(await get(path, '/healthz'), { status: 503 });
});
