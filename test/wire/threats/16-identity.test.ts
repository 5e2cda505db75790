/** Threat 16: anonymous callers are one principal; two identities; a header that another listener's identity uses. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { entriesOfKind } from '../fixture/entries.ts';
import { addTlsListener, makeCertificate, tlsGet, tlsPort } from '../fixture/mtls.ts';
import { decide, pendingHolds, theHold } from '../fixture/people.ts';
import { startStack } from '../fixture/stack.ts';
import { addRoute, authzSettings, headerNames, problemOf, threatPolicy } from '../fixture/threats.ts';

const spiffe = 'spiffe://example.com/agent';
const certificates = await mkdtemp(join(tmpdir(), 'certificates-'));
t.teardown(() => rm(certificates, { recursive: true }));
const server = await makeCertificate(certificates, 'server', 'spiffe://example.com/edge');
const agent = await makeCertificate(certificates, 'agent', spiffe);

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  respond: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"executed":true}');
    return true;
  },
  configPatch: (config) => config.setIn(['identity', 'header', 'name'], 'X-Caller'),
  envoyPatch(config) {
    const trusted = authzSettings({ context_extensions: { 'countersign.identity': 'header' } });
    for (const prefix of ['/shown/trusted', '/held/trusted', '/open/trusted'])
      addRoute(config, { name: prefix, match: { prefix }, typed_per_filter_config: trusted });
    if (server !== null && agent !== null) addTlsListener(config, server, agent);
  },
});

const caller = (value: string | string[]) => ({ 'x-caller': value });
const shown = (answer: { readonly body: Buffer }) => JSON.parse(answer.body.toString('utf8'));

t.test('threat 16: a caller that nobody identified can not hold', async (t) => {
  for (const headers of [{}, caller('root'), { authorization: 'Basic cm9vdDpyb290' }]) {
    const answer = await stack.request({ path: '/held/x', headers, body: { act: 1 } }, null);
    t.equal(answer.status, 403);
    t.match(problemOf(answer), { type: /hold-impossible$/, detail: /nobody was identified/ });
  }
  t.same(await pendingHolds(stack), []);
});

t.test(
  "threat 16: the identity header counts for nothing where the route doesn't trust it, and is stripped",
  async (t) => {
    const anonymous = { principal: { id: 'anonymous', method: 'none' } };
    t.match(shown(await stack.request({ path: '/shown', headers: caller('root') }, null)), anonymous);
    const asked = await stack.request({ path: '/shown', headers: caller('root') });
    t.match(shown(asked), { principal: { id: 'reporting-agent', method: 'jwt' } }, 'beside a token neither');
    for (const who of [null, 'reporting-agent'] as const) {
      t.equal((await stack.request({ path: '/open/x', headers: caller(['root', 'admin']) }, who)).status, 200);
      t.notOk(headerNames(stack.arrivals.at(-1)).includes('x-caller'), 'it does not reach the upstream');
    }
  },
);

t.test('threat 16: the identity header counts where the route says so, once and alone', async (t) => {
  const trusted = (headers: object, who: 'reporting-agent' | null = null) =>
    stack.request({ path: '/shown/trusted', headers: { ...headers } }, who);
  t.match(shown(await trusted(caller('tunnel-7'))), { principal: { id: 'tunnel-7', method: 'header' } });
  for (const headers of [caller(['a', 'b']), caller('a,b'), caller('')])
    t.match(problemOf(await trusted(headers)), { type: /identity-conflict$/ }, JSON.stringify(headers));
  t.match(problemOf(await trusted(caller('tunnel-7'), 'reporting-agent')), { type: /identity-conflict$/ });
  t.equal((await stack.request({ path: '/open/trusted', headers: caller('tunnel-7') }, null)).status, 200);
  t.notOk(headerNames(stack.arrivals.at(-1)).includes('x-caller'));
  const waiting = stack.request({ path: '/held/trusted', headers: caller('tunnel-7'), body: { act: 1 } }, null);
  t.equal((await decide(stack, await theHold(stack))).status, 200);
  t.equal((await waiting).status, 200, 'it is an identity, so it can hold');
});

t.test('threat 16: a token and a certificate', { skip: agent === null ? 'no openssl here' : false }, async (t) => {
  if (agent === null) return;
  const port = await tlsPort(stack);
  const bearer = async (sub: string) => ({
    authorization: `Bearer ${await stack.idp.token('reporting-agent', 'api', { sub })}`,
  });
  t.match(shown(await tlsGet(port, agent, '/shown')), { principal: { id: spiffe, method: 'mtls' } });
  const agreeing = await tlsGet(port, agent, '/shown', await bearer(spiffe));
  t.match(shown(agreeing), { principal: { id: spiffe, method: 'jwt' } }, 'that agree are one principal');
  const before = stack.arrivals.length;
  for (const path of ['/shown', '/open/x', '/held/x']) {
    const answer = await tlsGet(port, agent, path, await bearer('reporting-agent'));
    t.equal(answer.status, 403, path);
    t.match(problemOf(answer), { type: /identity-conflict$/ }, 'that disagree are refused');
  }
  t.equal(stack.arrivals.length, before);
  const [denied] = (await entriesOfKind(stack.log, 'decision')).slice(-1);
  t.match(denied, { verdict: 'deny', rule: 'countersign/identity_conflict' });
});
