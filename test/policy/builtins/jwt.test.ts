import { createHmac } from 'node:crypto';
import t from 'tap';
import { jwt } from '../../../plugin/policy/builtins/jwt.ts';
import type { Json } from '../../../plugin/request.ts';
import { agreesWithOpa, context as plain, withoutOpa } from '../rego.ts';
import { jwk, pem, secret, signers, token } from './tokens.ts';

const context = { ...plain, now: 1_700_000_000_000_000_000n };
const call = (name: string, ...args: Json[]) => jwt[`io.jwt.${name}`]?.(args, context);
const unverified = [false, {}, {}];

const claims = { sub: 'a', iss: 'i', aud: ['x', 'y'], exp: 1_700_000_060, nbf: 1_699_999_940 };
const good = token('HS256', claims);

const decided: readonly (readonly [name: string, token: string, constraints: Record<string, Json>, valid: boolean])[] =
  [
    ['issuer and audience as asked', good, { iss: 'i', aud: 'y' }, true],
    ['another issuer', good, { iss: 'j', aud: 'y' }, false],
    ['another audience', good, { aud: 'z' }, false],
    ['an audience that nobody asked for', good, {}, false],
    ['no audience where one is asked for', token('HS256', { sub: 'a' }), { aud: 'x' }, false],
    ['an audience alone', token('HS256', { aud: 'x' }), { aud: 'x' }, true],
    ['expired this second', token('HS256', { exp: 1_700_000_000 }), {}, false],
    ['not yet', token('HS256', { nbf: 1_700_000_001 }), {}, false],
    ['at a time of the policy', token('HS256', { exp: 2 }), { time: 1_999_999_999 }, true],
    ['after a time of the policy', token('HS256', { exp: 2 }), { time: 2_000_000_000 }, false],
    ['the algorithm asked for', token('HS512', {}), { alg: 'HS512' }, true],
    ['another than the algorithm asked for', token('HS512', {}), { alg: 'HS256' }, false],
    ['no algorithm', token('none', {}), {}, false],
    ['no signature', good.replace(/[^.]+$/, ''), { aud: 'x' }, false],
    ['a critical header that we do not know', token('HS256', {}, { crit: ['b64'], b64: false }), {}, false],
    ['a token within a token', token('HS256', good, { cty: 'JWT' }), { aud: 'x' }, true],
  ];
for (const [name, text, constraints, valid] of decided)
  t.test(`${name}: ${valid ? 'verified' : 'not verified'}`, async (t) => {
    const result = call('decode_verify', text, { secret, ...constraints }) as readonly Json[];
    if (valid) t.match(result, [true, { typ: 'JWT' }, {}]);
    else t.strictSame(result, unverified);
  });

t.test('the public key is no secret: an HMAC by it is not verified', async (t) => {
  const forged = token('HS256', {}, {}, (text) => createHmac('sha256', pem('rsa')).update(text).digest());
  t.strictSame(call('decode_verify', forged, { cert: pem('rsa') }), unverified);
  t.strictSame(call('decode_verify', token('RS256', {}), { cert: pem('rsa') }), [
    true,
    { alg: 'RS256', typ: 'JWT' },
    {},
  ]);
});

t.test('the key that kid names decides alone', async (t) => {
  const set = JSON.stringify({ keys: [jwk('p256', { kid: 'a' }), jwk('rsa', { kid: 'b' })] });
  t.match(call('decode_verify', token('ES256', {}, { kid: 'a' }), { cert: set }), [true]);
  t.strictSame(call('decode_verify', token('ES256', {}, { kid: 'b' }), { cert: set }), unverified);
  t.match(call('decode_verify', token('ES256', {}, { kid: 'c' }), { cert: set }), [true]);
});

t.test('what is wrong in the call makes it undefined', async (t) => {
  const calls: readonly (readonly Json[])[] = [
    ['x', { secret }],
    ['a.b.c', { secret }],
    [good, {}],
    [good, { secret, cert: pem('rsa') }],
    [good, { secret, sub: 'a' }],
    [good, { secret: '' }],
    [good, { cert: 'x' }],
    [token('HS256', { exp: 'soon' }), { secret }],
    [token('HS256', '[]'), { secret }],
    [token('HS256', {}, { enc: 'A128GCM' }), { secret }],
  ];
  for (const args of calls) t.throws(() => call('decode_verify', ...args), JSON.stringify(args[1]));
});

t.test('tokens agree with opa', { skip: withoutOpa }, async (t) => {
  const now = Math.floor(Date.now() / 1000);
  const fresh = { ...claims, exp: now + 600, nbf: now - 600, id: 9_007_199_254_740_991 };
  const expressions: string[] = [];
  const input: Record<string, Json> = {
    secret,
    set: JSON.stringify({ keys: Object.values(signers).flatMap(({ key }) => (key ? [jwk(key)] : [])) }),
  };
  for (const [name, { key }] of Object.entries(signers)) {
    input[name] = token(name, fresh);
    input[`${name}_bad`] = `${token(name, fresh).slice(0, -6)}AAAAAA`;
    input[`${name}_key`] = key === null ? secret : pem(key);
    const constraint = key === null ? '"secret": input.secret' : `"cert": input.${name}_key`;
    for (const text of [`input.${name}`, `input.${name}_bad`, 'input.HS256', 'input.ES256'])
      expressions.push(
        `io.jwt.decode(${text})`,
        `io.jwt.verify_${name.toLowerCase()}(${text}, input.${name}_key)`,
        `io.jwt.decode_verify(${text}, {${constraint}, "aud": "x", "iss": "i"})`,
        `io.jwt.decode_verify(${text}, {"cert": input.set, "aud": "x"})`,
      );
  }
  for (const [i, [, text, constraints]] of decided.entries()) {
    Object.assign(input, { [`t${i}`]: text, [`c${i}`]: { secret, time: 1_700_000_000_000_000_000, ...constraints } });
    expressions.push(`io.jwt.decode_verify(input.t${i}, input.c${i})`, `io.jwt.decode(input.t${i})`);
  }
  await agreesWithOpa(t, expressions, input);
});
