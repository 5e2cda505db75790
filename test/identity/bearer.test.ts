import t from 'tap';
import { CountersignError } from '../../plugin/errors.ts';
import { noBearer, openBearer } from '../../plugin/identity/bearer.ts';
import type { Principal } from '../../plugin/request.ts';

const bearer = openBearer(async (token) => {
  if (token === 'bad') throw new CountersignError('token_invalid', 'no');
  const claims = token === 'bound' ? { sub: 'a', cnf: { jkt: 'x' } } : { sub: token };
  return { claims } as unknown as Principal;
});
const ask = (...values: readonly string[]) =>
  bearer({ headers: values.map((value) => ({ name: 'authorization', value: Buffer.from(value, 'latin1') })) });

t.test('the claims of one verified token, or none', async (t) => {
  t.same(await ask('Bearer a.b-c_d~e+f/g=='), { sub: 'a.b-c_d~e+f/g==' });
  t.same(await ask('bearer  x'), { sub: 'x' }, 'the scheme knows no case');
  t.equal(await ask(), null);
  t.equal(await ask('Basic eA=='), null);
  t.equal(await ask('Bearerx y'), null);
  t.equal(await noBearer({ headers: [] }), null);
});

t.test('what is not one good token is refused, never taken for nobody', async (t) => {
  for (const value of ['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a;b', 'Bearer bad', 'Bearer bound', 'Bearer \u00e9'])
    await t.rejects(ask(value), { code: 'token_invalid' }, value);
  await t.rejects(ask('Bearer a', 'Bearer b'), { code: 'identity_conflict' });
  await t.rejects(ask('Bearer a, Bearer b'), { code: 'identity_conflict' });
  await t.rejects(ask('Basic a', 'Bearer b'), { code: 'identity_conflict' });
});
