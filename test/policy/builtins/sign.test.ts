import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { jwt } from '../../../plugin/policy/builtins/jwt.ts';
import { sign } from '../../../plugin/policy/builtins/sign.ts';
import type { Json } from '../../../plugin/request.ts';
import { agreesWithOpa, context, withoutOpa } from '../rego.ts';
import { keys, pem, secret } from './tokens.ts';

const k = Buffer.from(secret).toString('base64url');
const oct = `{"kty":"oct","k":"${k}"}`;
const jwkOf = (name: keyof typeof keys) => JSON.stringify(keys[name].privateKey.export({ format: 'jwk' }));
const raw = (header: string, payload: string, jwk: string, more = {}): Json =>
  sign['io.jwt.encode_sign_raw']([header, payload, jwk], { ...context, ...more });

t.test('what is signed the same each time agrees with opa', { skip: withoutOpa }, async (t) => {
  const inRego = (text: string) => `\`${text}\``;
  const texts: readonly (readonly [header: string, payload: string, jwk: string])[] = [
    ['{"alg":"HS256"}', '{"a":1}', oct],
    ['{"alg":"HS512","typ":"x"}', 'no JSON', oct],
    ['{"alg":"HS256","typ":"JWT"}', 'no JSON', oct],
    ['{"alg":"HS256","typ":1}', 'no JSON', oct],
    ['{"alg":"HS256"}', '{}', `{"keys":[${oct}, ${jwkOf('rsa')}]}`],
    ['{"alg":"HS256"}', '{}', '{"keys":[]}'],
    ['{"alg":"HS256"}', '{}', '{"kty":"oct","k":""}'],
    ['{"alg":"HS256"}', '{}', jwkOf('rsa')],
    ['{"alg":"RS256"}', '{}', oct],
    ['{"alg":"RS384"}', '{}', jwkOf('rsa')],
    ['{"alg":"EdDSA"}', '{}', jwkOf('ed25519')],
    ['{"alg":"none"}', '{}', oct],
    ['{"alg":1}', '{}', oct],
    ['[]', '{}', oct],
    ['{"alg":"HS256"}', '{}', 'x'],
  ];
  const values = ['{"b": {"x", "a"}, "<": 1.5, "n": 12345678901234567890, 1: null}', '{}', '"text"', '[1, {"a"}]'];
  await agreesWithOpa(t, [
    ...texts.map((args) => `io.jwt.encode_sign_raw(${args.map(inRego).join(', ')})`),
    ...values.map(
      (value) => `io.jwt.encode_sign({"alg": "HS256", "kid": "é"}, input.p.v, ${oct}) with input.p.v as ${value}`,
    ),
  ]);
});

t.test('what has chance in it is verified by the public key', async (t) => {
  const named = { PS256: 'rsa', PS512: 'rsa', ES256: 'p256', ES384: 'p384', ES512: 'p521' } as const;
  for (const [alg, name] of Object.entries(named)) {
    const token = raw(JSON.stringify({ alg }), '{"a":1}', jwkOf(name));
    t.equal(jwt[`io.jwt.verify_${alg.toLowerCase()}`]?.([token, pem(name)], context), true, alg);
  }
});

t.test('one evaluation sees one signature', async (t) => {
  const made = new Map<string, Json>();
  const once = (key: string, make: () => Json) => made.get(key) ?? made.set(key, make()).get(key);
  const args = ['{"alg":"ES256"}', '{}', jwkOf('p256')] as const;
  t.equal(raw(...args, { once }), raw(...args, { once }));
  t.not(raw(...args), raw(...args));
});

t.test('a key signs by an algorithm of its own only, and a public one not at all', async (t) => {
  const publicHalf = JSON.stringify(keys.rsa.publicKey.export({ format: 'jwk' }));
  for (const [alg, jwk] of [
    ['ES384', jwkOf('p256')],
    ['EdDSA', jwkOf('rsa')],
    ['RS256', jwkOf('ed25519')],
    ['RS256', publicHalf],
  ] as const)
    t.throws(() => raw(JSON.stringify({ alg }), '{}', jwk), alg);
});

t.test('a large key is paid for before it signs', async (t) => {
  const large = generateKeyPairSync('rsa', { modulusLength: 4_096 }).privateKey.export({ format: 'jwk' });
  const charge = (steps: number) => {
    if (steps > 1e6) throw new RangeError('no steps left');
  };
  t.throws(() => raw('{"alg":"RS256"}', '{}', JSON.stringify(large), { charge }), /no steps/);
  t.ok(raw('{"alg":"RS256"}', '{}', jwkOf('rsa'), { charge }));
});
