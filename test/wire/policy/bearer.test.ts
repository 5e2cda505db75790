/** Tokens of requests that nobody verified before: by Countersign itself, on the real Envoy without jwt_authn. */
import t from 'tap';
import { isMap } from 'yaml';
import { entriesOfKind } from '../fixture/entries.ts';
import { startStack } from '../fixture/stack.ts';
import { manager, problemOf, sequence, threatPolicy } from '../fixture/threats.ts';

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  configPatch: (config) => config.setIn(['identity', 'bearer', 'audiences'], ['quickstart']),
  envoyPatch(config) {
    const filters = sequence(config, [...manager, 'http_filters']);
    filters.items = filters.items.filter((one) => !(isMap(one) && one.get('name') === 'envoy.filters.http.jwt_authn'));
  },
});
const shown = (answer: { readonly body: Buffer }) => JSON.parse(answer.body.toString('utf8'));
const ask = (authorization: string) => stack.request({ path: '/shown', headers: { authorization } }, null);

t.test('a good token names the principal, none is nobody', async (t) => {
  t.match(shown(await stack.request({ path: '/shown' })), { principal: { id: 'reporting-agent', method: 'jwt' } });
  t.match(shown(await stack.request({ path: '/shown' }, null)), { principal: { id: 'anonymous', method: 'none' } });
});

t.test('a token that does not verify is refused, with its entry', async (t) => {
  const good = await stack.idp.token('reporting-agent', 'api');
  const rows: readonly (readonly [what: string, token: string])[] = [
    ['expired', await stack.idp.token('reporting-agent', 'api', { exp: 1_700_000_000 })],
    ['for approving', await stack.idp.token('bob', 'approvals')],
    ['changed', `${good.slice(0, -8)}AAAAAAAA`],
    ['no token', 'hello'],
    ['bound to a key', await stack.idp.token('reporting-agent', 'api', { cnf: { jkt: 'x' } })],
  ];
  for (const [what, token] of rows) {
    const answer = await ask(`Bearer ${token}`);
    t.equal(answer.status, 401, what);
    t.match(problemOf(answer), { type: /token-invalid$/ }, what);
    t.notMatch(answer.body.toString(), token.slice(-8), 'and is not quoted');
  }
  const [denied] = (await entriesOfKind(stack.log, 'decision')).slice(-1);
  t.match(denied, { verdict: 'deny', rule: 'countersign/token_invalid' });
});
