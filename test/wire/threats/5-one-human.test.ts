/** Threat 5: one human with two identities approves their own request. */
import { join } from 'node:path';
import t from 'tap';
import { type Exchange, send } from '../../../examples/quickstart/client.ts';
import type { Member } from '../../../examples/quickstart/idp.ts';
import { entriesOfKind } from '../fixture/entries.ts';
import { type Shown, theHold, untilPending } from '../fixture/people.ts';
import { type Stack, startStack } from '../fixture/stack.ts';
import { manager, threatPolicy } from '../fixture/threats.ts';

/** A second provider that names people as the first does, and a third that says of nobody who they are. */
const second = 'https://second.example.com';
const nameless = 'https://nameless.example.com';

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  respond: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"executed":true}');
    return true;
  },
  configPatch(config) {
    const issuers = config.getIn(['identity', 'issuers']) as { add(node: unknown): void };
    const jwks = config.getIn(['identity', 'issuers', 0, 'jwks']);
    issuers.add(config.createNode({ issuer: second, jwks, audiences: ['countersign'], person: 'mail' }));
    issuers.add(config.createNode({ issuer: nameless, jwks, audiences: ['countersign'] }));
  },
  envoyPatch(config) {
    const filter = [...manager, 'http_filters', 1, 'typed_config'];
    const provider = (config.getIn([...filter, 'providers', 'idp']) as { toJSON(): object }).toJSON();
    for (const [name, from] of Object.entries({ second, nameless }))
      config.setIn([...filter, 'providers', name], config.createNode({ ...provider, issuer: from }));
    config.setIn(
      [...filter, 'rules', 0, 'requires'],
      config.createNode({
        requires_any: { requirements: ['idp', 'second', 'nameless'].map((name) => ({ provider_name: name })) },
      }),
    );
  },
});

type Claims = Parameters<Stack['idp']['token']>[2];

/** Somebody's verdict on a hold, straight at the API that the command line is made on. */
async function approve({ id, digest, version }: Shown, who: Member, claims: Claims): Promise<Exchange> {
  const token = await stack.idp.token(who, 'approvals', claims);
  const path = `/api/v1/holds/${id}/approve`;
  return send({ socketPath: join(stack.folder, 'run', 'admin.sock') }, { path, token, body: { digest, version } });
}

const dba = { kind: 'human', groups: ['dba'] };

interface Row {
  readonly asks: Claims & { readonly sub?: string };
  readonly approves: Claims;
  readonly code: string;
}

/** Who asks, who would approve, and why not. The asker is alice with one account; the approver has another. */
const rows: Readonly<Record<string, Row>> = {
  'the same account': { asks: {}, approves: {}, code: 'hold_self' },
  'a second account of the same provider': { asks: {}, approves: { sub: 'alice-admin' }, code: 'hold_self' },
  'an account of another provider': {
    asks: {},
    approves: { iss: second, sub: '0017', mail: 'alice@example.com' },
    code: 'hold_self',
  },
  'another spelling of the address': {
    asks: {},
    approves: { iss: second, sub: '0017', mail: 'Alice@EXAMPLE.com' },
    code: 'hold_self',
  },
  'full-width letters in the address': {
    asks: {},
    approves: { iss: second, sub: '0017', mail: 'ａlice@example.com' },
    code: 'hold_self',
  },
  'an account of the first provider, asked by one of the second': {
    asks: { iss: second, sub: '0017', mail: 'alice@example.com' },
    approves: {},
    code: 'hold_self',
  },
  'an address that its provider has not verified': {
    asks: {},
    approves: { sub: 'alice-admin', email: 'other@example.com', email_verified: false },
    code: 'forbidden',
  },
  'a provider that names no person': { asks: {}, approves: { iss: nameless, sub: 'dave' }, code: 'forbidden' },
  'a provider that names one, asked by one that does not': {
    asks: { iss: nameless, sub: 'alice' },
    approves: { iss: second, sub: '0017', mail: 'dave@example.com' },
    code: 'forbidden',
  },
  'the owner, of an agent that asks': {
    asks: { kind: 'agent', sub: 'bot', owner: 'alice@example.com', email: undefined },
    approves: { iss: second, sub: '0017', mail: 'alice@example.com' },
    code: 'hold_self',
  },
  'the one whom an agent acts for': {
    asks: { act: { sub: 'bot' } },
    approves: { iss: second, sub: '0017', mail: 'alice@example.com' },
    code: 'hold_self',
  },
  'an agent that acts for another human': {
    asks: {},
    approves: { iss: second, sub: '0018', mail: 'dave@example.com', act: { sub: 'bot' } },
    code: 'forbidden',
  },
};

for (const [name, { asks, approves, code }] of Object.entries(rows))
  t.test(`threat 5: ${name}: can not approve`, async (t) => {
    const hangUp = new AbortController();
    const token = await stack.idp.token('alice', 'api', asks);
    const waiting = stack.request({ path: '/held/own', token, body: { act: 1 }, signal: hangUp.signal });
    waiting.catch(() => {});
    const hold = await theHold(stack);
    const { status, body } = await approve(hold, 'alice', { ...dba, ...approves });
    t.match({ status, code: JSON.parse(body.toString('utf8')).code }, { status: 403, code });
    hangUp.abort();
    await t.rejects(waiting);
    await untilPending(stack, 0);
    t.equal(stack.arrivals.length, 0);
    const entries = (await entriesOfKind(stack.log, 'hold')).filter((entry) => entry.hold === hold.id);
    t.notOk(entries.some(({ transition }) => transition === 'approved'));
  });

t.test('threat 5: another human of another provider approves, and it is executed once', async (t) => {
  const waiting = stack.request({ path: '/held/own', body: { act: 1 } }, 'alice');
  const hold = await theHold(stack);
  const dave = { ...dba, iss: second, sub: '0018', mail: 'dave@example.com' };
  t.equal((await approve(hold, 'alice', dave)).status, 200);
  t.equal((await waiting).status, 200);
  t.equal(stack.arrivals.length, 1);
});
