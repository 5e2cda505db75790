/** The three evaluations that the design sets goals for: beside OPA's own SDK for WASM and its Go library. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as opa from '@open-policy-agent/opa-wasm';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { loadPolicy } from '../../plugin/policy/policy.ts';
import type { JsonObject } from '../../plugin/request.ts';
import type { Measure } from '../row.ts';
import { timeInTurn } from '../time.ts';
import { timeOfOpa } from './opa.ts';
import { rolesPolicy } from './rules.ts';

const path = 'envoy/authz/allow';

/** Some 19 KB of JSON. */
const body = {
  items: Array.from({ length: 190 }, (_, id) => ({
    ...{ id, name: `customer ${id}`, email: `c${id}@example.com`, note: 'a note of some length', n: id * 3 },
  })),
};

interface Case {
  readonly name: string;
  readonly policy: 'small' | 'roles';
  readonly input: JsonObject;
  /** Microseconds. */
  readonly goal: number;
}

/** `whole` is the input document of a request, as the service builds it. */
function casesOf(whole: JsonObject): readonly Case[] {
  const payload = { iss: 'https://idp.example.com', sub: 'reporting-agent', groups: ['agents'] };
  const withToken = {
    ...whole,
    parsed_path: ['metadata', 'customers'],
    attributes: {
      ...(whole.attributes as JsonObject),
      metadataContext: { filterMetadata: { 'envoy.filters.http.jwt_authn': { payload } } },
    },
  };
  const groups = ['role-2', 'role-3', 'role-7', 'role-10', 'role-100'];
  return [
    { name: 'a small policy', policy: 'small', input: withToken, goal: 6 },
    { name: 'the same, 19 KB body', policy: 'small', input: { ...withToken, parsed_body: body }, goal: 6 },
    {
      name: '200 rules, 1,000 roles',
      policy: 'roles',
      input: { ...whole, parsed_path: ['service-100', 'x'], principal: { groups } },
      goal: 27,
    },
  ];
}

/** Fuel and the reading of the answer included; the input document is built before. */
export async function benchGoals(whole: JsonObject, say: (line: string) => void): Promise<readonly Measure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  try {
    const files = rolesPolicy();
    const [small, roles] = [join(folder, 'small'), join(folder, 'roles')];
    await cp(join(import.meta.dirname, 'authz.rego'), join(small, 'authz.rego'));
    await mkdir(roles);
    for (const [name, text] of Object.entries(files)) await writeFile(join(roles, name), text);
    const measures: Measure[] = [];
    for (const { name, policy, input, goal } of casesOf(whole)) {
      say(name);
      measures.push(...(await measure(name, { small, roles }[policy], input, goal)));
    }
    return measures;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(name: string, source: string, input: JsonObject, goal: number): Promise<Measure[]> {
  const ours = await loadPolicy({ source, path });
  const { wasm, data } = await loadBundle({ source, path });
  const sdk = await opa.loadPolicy(Buffer.from(wasm));
  sdk.setData(JSON.parse(data));
  const decision = ours.decide(input);
  if (!decision.allowed) throw new Error(`the policy was to allow what is measured: ${JSON.stringify(decision)}`);
  const times = timeInTurn({ ours: () => ours.decide(input), sdk: () => sdk.evaluate(input, path) });
  const [bySdk, byGo] = [`${name}, opa-wasm`, `${name}, OPA's Go library (opa bench)`];
  const go = await timeOfOpa(source, [source], input);
  return [
    { figure: bySdk, unit: 'us', runs: times.sdk },
    { figure: byGo, unit: 'us', runs: times.sdk.map(() => go), peer: bySdk },
    { figure: `${name}, decide()`, unit: 'us', runs: times.ours, peer: bySdk, goal: { atMost: goal } },
  ];
}
