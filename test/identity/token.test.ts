import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import t from 'tap';
import { openTokenVerifier } from '../../plugin/identity/token.ts';

const issuer = 'https://idp.example';
const now = () => Math.floor(Date.now() / 1000);

async function idp(folder: string, name = 'jwks.json') {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = join(folder, name);
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] }));
  const sign = (claims: object, header = {}) =>
    new SignJWT({ iss: issuer, sub: 'bob', aud: 'countersign', exp: now() + 60, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
      .sign(privateKey);
  return { jwks, sign };
}

t.test('a good token proves its principal', async (t) => {
  const { jwks, sign } = await idp(t.testdir());
  const verify = openTokenVerifier([{ issuer, jwks, audiences: ['countersign'], person: 'email' }]);
  const principal = await verify(await sign({ email: 'bob@example.org', groups: ['dba'] }));
  t.match(principal, { id: 'bob', issuer, groups: ['dba'], person: 'bob@example.org', method: 'jwt' });
  t.match(await verify(await sign({ exp: now() - 10 })), { id: 'bob' }, 'clocks may differ by 30 s');
});

t.test('any other token is refused, with a reason and without a quote', async (t) => {
  const folder = t.testdir();
  const own = await idp(folder);
  const stranger = await idp(folder, 'stranger.json');
  const verify = openTokenVerifier([
    { issuer, jwks: own.jwks, audiences: ['countersign'] },
    { issuer: 'https://envoy-only.example' },
  ]);
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: issuer, sub: 'bob', exp: now() + 60 })).toString('base64url')}.`;
  const shared = await new SignJWT({ iss: issuer, sub: 'bob', aud: 'countersign', exp: now() + 60 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.alloc(32, 1));
  const good = await own.sign({});
  const rows: [string, string, RegExp][] = [
    ['expired', await own.sign({ exp: now() - 60 }), /expired/],
    ['without an end', await own.sign({ exp: undefined }), /exp that is missing/],
    ['without a subject', await own.sign({ sub: undefined }), /sub that is missing/],
    ['not yet good', await own.sign({ nbf: now() + 600 }), /nbf/],
    ['for another audience', await own.sign({ aud: 'other' }), /audience/],
    ['of an unknown issuer', await own.sign({ iss: 'https://evil.example' }), /issuer/],
    ['of an issuer without keys', await own.sign({ iss: 'https://envoy-only.example' }), /issuer/],
    ["signed with a stranger's key", await stranger.sign({}), /signature/],
    ['signed with an unknown key id', await own.sign({}, { kid: 'k9' }), /key set/],
    ['not signed', none, /algorithm/],
    ['signed with a shared secret', shared, /algorithm|verified/],
    ['changed', `${good.slice(0, -6)}${good.at(-6) === 'A' ? 'B' : 'A'}${good.slice(-5)}`, /signature/],
    ['with groups of a wrong type', await own.sign({ groups: 7 }), /groups/],
    ['no token', 'hello', /compact form/],
    ['empty', '', /compact form/],
    ['too long', 'a'.repeat(20_000), /longer/],
  ];
  for (const [name, token, reason] of rows)
    await t.rejects(verify(token), { code: 'token_invalid', message: reason }, name).then(async () => {
      const message = await verify(token).catch((error: Error) => error.message);
      if (token.length > 8) t.notOk(String(message).includes(token.slice(-8)), `${name}: not quoted`);
    });
});

t.test('configuration that can not be trusted is refused', async (t) => {
  t.throws(() => openTokenVerifier([{ issuer, jwks: 'http://idp.example/jwks' }]), { code: 'config_invalid' });
  t.throws(() => openTokenVerifier([{ issuer }, { issuer }]), { code: 'config_invalid', message: /twice/ });
});

t.test('clocks may differ by as much as is configured', async (t) => {
  const { jwks, sign } = await idp(t.testdir());
  const late = await sign({ exp: now() - 10 });
  await t.rejects(openTokenVerifier([{ issuer, jwks }], { clockSkew: 1_000 })(late), { message: /expired/ });
  t.match(await openTokenVerifier([{ issuer, jwks }], { clockSkew: 60_000 })(late), { id: 'bob' });
});

t.test('tokens for one thing are no good for another', async (t) => {
  const { jwks, sign } = await idp(t.testdir());
  const issuers = [{ issuer, jwks, audiences: ['countersign'] }];
  const ofRequests = openTokenVerifier(issuers, { audiences: ['api'] });
  await t.rejects(ofRequests(await sign({})), { message: /audience/ });
  t.match(await ofRequests(await sign({ aud: 'api' })), { id: 'bob' });
  await t.rejects(openTokenVerifier(issuers)(await sign({ aud: 'api' })), { message: /audience/ });
});
