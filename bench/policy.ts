/** One evaluation of the quick start's policy, beside OPA's own SDK on the same module and the same input. */
import { join } from 'node:path';
import * as opa from '@open-policy-agent/opa-wasm';
import { openCommands } from '../plugin/command/open.ts';
import { loadBundle } from '../plugin/policy/bundle.ts';
import { buildInput } from '../plugin/policy/input.ts';
import { loadPolicy } from '../plugin/policy/policy.ts';
import type { JsonObject, Principal, Request } from '../plugin/request.ts';
import { benchGoals } from './policy/goals.ts';
import { haveOpa } from './policy/opa.ts';
import type { Measure } from './row.ts';
import { timeInTurn } from './time.ts';

const source = join(import.meta.dirname, '..', 'examples', 'quickstart', 'bundle.tar.gz');
const path = 'envoy/authz/allow';

const principal: Principal = {
  ...{ id: 'reporting-agent', issuer: 'https://idp.example.com', kind: 'agent', groups: ['agents'], actors: [] },
  ...{ method: 'jwt', person: null, owner: 'alice@example.com', expires: null },
  claims: { iss: 'https://idp.example.com', sub: 'reporting-agent', groups: ['agents'] },
};

/** What a browser or a library sends along with its request. */
const headers: Readonly<Record<string, string>> = {
  ...{ ':authority': 'crm.example.com', ':method': 'GET', ':scheme': 'https', accept: 'application/json' },
  ...{ 'user-agent': 'reporting/1.4 (linux)', 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.1.2.3' },
  'x-request-id': '5f0c1d43-0a0e-4a51-9c1a-6a4a86a7a7de',
};

function requestOf(method: string, target: string, body: string): Request {
  const http = {
    id: '1',
    method,
    path: target,
    host: 'crm.example.com',
    scheme: 'https',
    protocol: 'HTTP/1.1',
    headers,
  };
  return {
    ...{ id: '1', method, scheme: 'https', authority: 'crm.example.com', path: target, protocol: 'HTTP/1.1' },
    headers: [{ name: 'content-type', value: Buffer.from('application/json') }],
    body: Buffer.from(body),
    extensions:
      body === ''
        ? {}
        : { 'countersign.command': 'sql', 'countersign.sql.dialect': 'sqlite', 'countersign.sql.path': '$.sql' },
    ...{ jwt: null, peer: '', source: '10.1.2.3:40000' },
    check: { attributes: { source: { address: { socketAddress: { address: '10.1.2.3' } } }, request: { http } } },
  };
}

const get = requestOf('GET', '/customers', '');
const post = requestOf('POST', '/sql', '{"sql":"SELECT id, name FROM customers WHERE id = 1"}');

/** Both decide the same, and ours reads the answer into a Decision as well. */
export async function benchPolicy(say: (line: string) => void): Promise<readonly Measure[]> {
  const policy = await loadPolicy({ source, path });
  const { wasm, data } = await loadBundle({ source, path });
  const sdk = await opa.loadPolicy(Buffer.from(wasm));
  sdk.setData(JSON.parse(data));
  const commands = openCommands({ maxBytes: 65_536, timeoutMs: 10_000 });
  const facts = { principal, session: { key: '' }, approval: null };
  const understood = await commands.understand(post);
  await commands.close();
  const inputs = {
    get: buildInput(get, { ...facts, commands: [] }),
    sql: buildInput(post, { ...facts, commands: understood }),
  };
  for (const input of Object.values(inputs))
    if (policy.decide(input).rule === 'default' || !policy.decide(input).allowed)
      throw new Error(`the policy was to allow what is measured: ${JSON.stringify(policy.decide(input))}`);
  say('evaluating');
  const evaluate = (input: JsonObject) => () => sdk.evaluate(input, path);
  const times = timeInTurn({
    get: () => policy.decide(inputs.get),
    getSdk: evaluate(inputs.get),
    sql: () => policy.decide(inputs.sql),
    sqlSdk: evaluate(inputs.sql),
    input: () => buildInput(get, { ...facts, commands: [] }),
  });
  const [sdkGet, sdkSql] = ['GET /customers, opa-wasm', 'POST /sql, one SELECT, opa-wasm'] as const;
  return [
    { figure: sdkGet, unit: 'us', runs: times.getSdk },
    { figure: 'GET /customers, decide()', unit: 'us', runs: times.get, peer: sdkGet },
    { figure: sdkSql, unit: 'us', runs: times.sqlSdk },
    { figure: 'POST /sql, one SELECT, decide()', unit: 'us', runs: times.sql, peer: sdkSql },
    { figure: 'the input document of GET /customers', unit: 'us', runs: times.input },
    ...(await goals(inputs.get, say)),
  ];
}

/** They are compiled when they are measured, and one of their peers is opa itself. */
async function goals(input: JsonObject, say: (line: string) => void): Promise<readonly Measure[]> {
  if (haveOpa()) return benchGoals(input, say);
  say('without opa ($OPA, or the PATH) the small policy, the 19 KB body and the 200 rules are left out');
  return [];
}
