import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTVerifyGetKey } from 'jose';
import t from 'tap';
import { openKeySet } from '../../plugin/identity/jwks.ts';

const jwk = async (kid: string) => ({
  ...(await exportJWK((await generateKeyPair('ES256')).publicKey)),
  kid,
  alg: 'ES256',
});
const ask = async (keys: JWTVerifyGetKey, kid: string) =>
  await keys({ alg: 'ES256', kid }, { payload: '', signature: '', protected: '' });

t.test('a file is read again for an unknown key id, and kept when it vanishes', async (t) => {
  const file = join(t.testdir(), 'jwks.json');
  const [k1, k2] = [await jwk('k1'), await jwk('k2')];
  writeFileSync(file, JSON.stringify({ keys: [k1] }));
  const keys = openKeySet(file);
  t.ok(await ask(keys, 'k1'));
  await t.rejects(ask(keys, 'k2'), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  writeFileSync(file, JSON.stringify({ keys: [k1, k2] }));
  t.ok(await ask(keys, 'k2'), 'rotation needs no restart');
  writeFileSync(file, '{"keys": [');
  t.ok(await ask(keys, 'k2'), 'half a file is no reason to forget');
  rmSync(file);
  await t.rejects(ask(keys, 'k3'), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
});

t.test('a file that is no key set verifies nothing', async (t) => {
  const folder = t.testdir({ 'text.json': 'hello', 'list.json': '[]' });
  for (const name of ['text.json', 'list.json', 'missing.json'])
    await t.rejects(ask(openKeySet(join(folder, name)), 'k1'), { code: 'token_invalid' }, name);
});

t.test('a URL on the loopback is fetched, one by http beyond it is refused', async (t) => {
  const body = JSON.stringify({ keys: [await jwk('k1')] });
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(body),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  t.ok(await ask(openKeySet(`http://127.0.0.1:${port}/jwks`), 'k1'));
  for (const url of ['http://idp.example/jwks', 'http://127.0.0.1.evil.example/', 'http://localhost.evil.example/'])
    t.throws(() => openKeySet(url), { code: 'config_invalid' }, url);
});
