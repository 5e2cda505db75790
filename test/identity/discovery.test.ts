import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import t, { type Test } from 'tap';
import { discoverKeySet } from '../../plugin/identity/discovery.ts';
import { openTokenVerifier } from '../../plugin/identity/token.ts';

/** A provider on the loopback whose metadata a test can spoil. */
async function provider(t: Test, change: (metadata: Record<string, unknown>) => unknown = (metadata) => metadata) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const metadata = { issuer, jwks_uri: `${issuer}/keys`, extra: true };
    const body = url === '/keys' ? { keys: [jwk] } : url.endsWith('/openid-configuration') ? change(metadata) : null;
    if (body === 'redirect') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    else response.writeHead(body === null ? 404 : 200).end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = (claims: object = {}) =>
    new SignJWT({ iss: issuer, sub: 'bob', aud: 'api', exp: Math.floor(Date.now() / 1000) + 60, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey);
  return { issuer, sign, asked };
}

t.test('an issuer tells where its keys are, and is asked once', async (t) => {
  const { issuer, sign, asked } = await provider(t);
  const verify = openTokenVerifier([{ issuer, discovery: true }], { audiences: ['api'] });
  const token = await sign();
  t.match(await Promise.all([verify(token), verify(token), verify(token)]), [
    { id: 'bob' },
    { id: 'bob' },
    { id: 'bob' },
  ]);
  await verify(token);
  t.equal(asked.filter((url) => url === '/.well-known/openid-configuration').length, 1);
  await t.rejects(verify(await sign({ aud: 'countersign' })), { code: 'token_invalid', message: /audience/ });
});

const spoilt: readonly (readonly [what: string, change: (metadata: Record<string, unknown>) => unknown])[] = [
  ['of another issuer', (metadata) => ({ ...metadata, issuer: 'https://evil.example.com' })],
  ['without a key set', ({ jwks_uri: _, ...metadata }) => metadata],
  ['that is no JSON', () => '<html>'],
  ['that is far too long', () => 'x'.repeat(300_000)],
  ['that is elsewhere', () => 'redirect'],
  ['that is not there', () => null],
];
for (const [what, change] of spoilt)
  t.test(`metadata ${what} verifies nothing, and is not asked for again and again`, async (t) => {
    const { issuer, sign, asked } = await provider(t, change);
    const verify = openTokenVerifier([{ issuer, discovery: true }]);
    const token = await sign();
    for (let n = 0; n < 3; n++) await t.rejects(verify(token), { code: 'token_invalid' });
    t.equal(asked.length, 1);
  });

t.test('a key set by plain http beyond the loopback is refused, wherever it is named', async (t) => {
  const { issuer, sign } = await provider(t, (metadata) => ({ ...metadata, jwks_uri: 'http://idp.example.com/keys' }));
  await t.rejects(openTokenVerifier([{ issuer, discovery: true }])(await sign()), /must be https/);
  for (const bad of ['http://idp.example.com', 'idp.example.com', 'file:///etc'])
    t.throws(() => discoverKeySet(bad), { code: 'config_invalid' }, bad);
  t.throws(() => openTokenVerifier([{ issuer: 'https://idp.example.com', jwks: 'k.json', discovery: true }]), {
    code: 'config_invalid',
  });
});
