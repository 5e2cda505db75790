import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { openAsk } from '../../plugin/cli/ask.ts';

/** Answers everything alike, and remembers what came. */
async function answering(t: Test, status: number, body: string) {
  const seen: { url: string | undefined; method: string | undefined; token: string | undefined; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    seen.push({ url: request.url, method: request.method, token: request.headers.authorization, body: text });
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { seen, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

t.test(
  'the address comes from --admin, the configuration, the environment; the token from file or environment',
  async (t) => {
    const folder = t.testdir({ token: ' secret \n' });
    const { seen, address } = await answering(t, 200, '{"holds":[]}');
    mkdirSync(`${folder}/etc`);
    writeFileSync(`${folder}/etc/countersign.yaml`, `admin: ${address}\n`);
    const env = { COUNTERSIGN_TOKEN: 'mine' };
    for (const [options, environment] of [
      [{ admin: `http://${address}` }, { ...env, COUNTERSIGN_ADMIN: 'unix:/nowhere' }],
      [{ admin: `http://${address}/` }, env],
      [{ config: `${folder}/etc/countersign.yaml` }, { ...env, COUNTERSIGN_ADMIN: 'unix:/nowhere' }],
      [{}, { ...env, COUNTERSIGN_ADMIN: address }],
    ] as const)
      t.same(await openAsk(options, environment)('holds'), { holds: [] });
    await openAsk({ admin: address, tokenFile: `${folder}/token` }, env)('holds/x/approve', { version: 1 });
    t.match(seen[0], { url: '/api/v1/holds', method: 'GET', token: 'Bearer mine', body: '' });
    t.match(seen.at(-1), {
      url: '/api/v1/holds/x/approve',
      method: 'POST',
      token: 'Bearer secret',
      body: '{"version":1}',
    });
  },
);

t.test('what the service says is said, made harmless', async (t) => {
  for (const [status, body, code, message] of [
    [409, '{"code":"hold_state","detail":"gone\\u001b[2J\\nagain"}', 'hold_state', 'gone<U+001B>[2J<U+000A>again'],
    [500, '{"code":"internal","detail":"a fault"}', 'unavailable', 'a fault'],
    [502, '<html>', 'unavailable', /without JSON/],
    [200, 'no JSON', 'unavailable', /without JSON/],
  ] as const) {
    const { address } = await answering(t, status, body);
    await t.rejects(openAsk({ admin: address }, { COUNTERSIGN_TOKEN: 'x' })('holds'), { code, message });
  }
});

t.test('without a token, or with one that is none, nothing is sent', async (t) => {
  for (const env of [{}, { COUNTERSIGN_TOKEN: ' ' }, { COUNTERSIGN_TOKEN: 'a\nb: c' }])
    t.throws(() => openAsk({ admin: 'unix:/nowhere' }, env), { code: 'usage' });
  t.throws(() => openAsk({ admin: 'ftp://x' }, { COUNTERSIGN_TOKEN: 'x' }), { code: 'usage', message: /unix:PATH/ });
  t.throws(() => openAsk({ admin: 'unix:/nowhere', tokenFile: '/none' }, {}), {
    code: 'usage',
    message: /--token-file/,
  });
});
