/**
 * One exchange through a real Envoy: what it costs in the service and in Envoy, and how long the caller waits. Beside
 * Countersign stand services that do nothing, on grpc-js and on both transports, and opa-envoy-plugin where it is there.
 */
import { body } from './exchange/body.ts';
import type { Filter } from './exchange/envoy.ts';
import { type Arrangement, type Cost, openRig, type Rig } from './exchange/rig.ts';
import { findOpaEnvoy, type ServiceName } from './exchange/services.ts';
import type { Goal, Measure } from './row.ts';

const authz: readonly Filter[] = ['envoy.filters.http.ext_authz'];
const proc: readonly Filter[] = ['envoy.filters.http.ext_proc'];
const both: readonly Filter[] = [...authz, ...proc];

const alone = 'no service';
const noCheck = 'no-op Check, grpc-js';
const noProcess = 'no-op Process, grpc-js';
const noBoth = 'no-op both, grpc-js';

type Entered = Arrangement & { readonly peer?: string; readonly goal?: Goal };

const path = '/metadata/customers';

/** In the order of the table. Peers are compared by processor time. */
const known: readonly Entered[] = [
  { name: alone, service: 'none', filters: [], path },
  { name: noCheck, service: 'grpc-js', filters: authz, path },
  { name: 'no-op Check, node:http2', service: 'node:http2', filters: authz, path, peer: noCheck },
  { name: 'no-op Check, own HTTP/2', service: 'own h2', filters: authz, path, peer: noCheck },
  {
    name: 'Countersign Check, record: none',
    service: 'countersign',
    filters: authz,
    path: '/none/customers',
    peer: noCheck,
  },
  {
    name: 'Countersign Check, record: metadata',
    service: 'countersign',
    filters: authz,
    path,
    peer: noCheck,
    goal: { atMost: 75 },
  },
  {
    name: 'Countersign Check on node:http2, record: metadata',
    service: 'countersign on node:http2',
    filters: authz,
    path,
    peer: noCheck,
    goal: { atMost: 150 },
  },
  { name: 'opa-envoy-plugin, no decision log', service: 'opa', filters: authz, path, peer: noCheck },
  { name: 'opa-envoy-plugin, console log', service: 'opa-log', filters: authz, path, peer: noCheck },
  { name: noProcess, service: 'grpc-js', filters: proc, path },
  { name: 'no-op Process, node:http2', service: 'node:http2', filters: proc, path, peer: noProcess },
  { name: 'no-op Process, own HTTP/2', service: 'own h2', filters: proc, path, peer: noProcess },
  { name: noBoth, service: 'grpc-js', filters: both, path },
  { name: 'no-op both, node:http2', service: 'node:http2', filters: both, path, peer: noBoth },
  { name: 'no-op both, own HTTP/2', service: 'own h2', filters: both, path, peer: noBoth },
  {
    name: 'Countersign exchange, record: none',
    service: 'countersign',
    filters: both,
    path: '/none/customers',
    peer: noBoth,
  },
  {
    name: 'Countersign exchange, record: metadata',
    service: 'countersign',
    filters: both,
    path,
    peer: noBoth,
    goal: { atMost: 180 },
  },
  {
    name: 'Countersign exchange on node:http2, record: metadata',
    service: 'countersign on node:http2',
    filters: both,
    path,
    peer: noBoth,
    goal: { atMost: 300 },
  },
];

/** As fast as the connections go, counted by exchanges: a busy machine must not leave a service colder than its peers. */
const fast = { rate: null, count: 2_500, ms: 2_500 };
const steadyRate = 300;
const steady = { rate: steadyRate, count: Number.POSITIVE_INFINITY, ms: 1_200 };
/** Exchanges before anything counts: V8 compiles for thousands of them, the more code there is the longer; Go is warm. */
const warmth: Readonly<Record<ServiceName, { readonly count: number; readonly ms: number }>> = {
  none: { count: 500, ms: 1_000 },
  'grpc-js': { count: 10_000, ms: 12_000 },
  'node:http2': { count: 10_000, ms: 12_000 },
  'own h2': { count: 10_000, ms: 12_000 },
  countersign: { count: 25_000, ms: 25_000 },
  'countersign on node:http2': { count: 25_000, ms: 25_000 },
  opa: { count: 3_000, ms: 3_000 },
  'opa-log': { count: 3_000, ms: 3_000 },
};
const rounds = 3;

/** Runs alternate: round by round each arrangement once, so that ratios compare what saw the same noise. */
export async function benchExchange(say: (line: string) => void): Promise<readonly Measure[]> {
  if (process.platform !== 'linux') {
    say('left out: processor time is read from /proc, which only Linux has');
    return [];
  }
  const opa = findOpaEnvoy() !== null;
  if (!opa) say('opa-envoy-plugin is left out: set $OPA_ENVOY or put it on the PATH');
  const entered = known.filter(({ service }) => opa || !service.startsWith('opa'));
  const rig = await openRig(entered);
  try {
    return await measure(rig, entered, say);
  } finally {
    await rig.close();
  }
}

interface Runs {
  readonly fast: Cost[];
  readonly steady: Cost[];
}

async function measure(
  rig: Rig,
  entered: readonly Entered[],
  say: (line: string) => void,
): Promise<readonly Measure[]> {
  const runs = new Map<Entered, Runs>();
  for (const one of entered) {
    await look(rig, one);
    runs.set(one, { fast: [], steady: [] });
  }
  // By each service's last arrangement, which has all that the others have.
  for (const one of new Map(entered.map((it) => [it.service, it])).values()) {
    const { exchanges } = await rig.load(one, { rate: null, ...warmth[one.service] });
    say(`warm: ${one.name}: ${exchanges} exchanges`);
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const [one, costs] of runs) {
      const cost = await rig.load(one, fast);
      costs.fast.push(cost);
      costs.steady.push(await rig.load(one, steady));
      say(`run ${round} of ${rounds}: ${one.name}: ${us(cost.service)} in the service, ${us(cost.envoy)} in Envoy`);
    }
  }
  return [...runs].flatMap(([one, costs]) => figures(one, costs));
}

const us = (time: number) => `${Math.round(time)} us`;

/** What is measured does what it says: everything passes, and what Countersign releases is masked. */
async function look(rig: Rig, one: Entered): Promise<void> {
  const { status, body: got } = await rig.ask(one);
  const masked = one.service.startsWith('countersign') && one.filters.length === 2;
  const right = masked ? got.includes('-1000') && !got.includes('078-05-1000') : got.equals(body);
  if (status !== 200 || !right) throw new Error(`${one.name}: the first answer is ${status}: ${got.subarray(0, 300)}`);
}

function figures({ name, service, peer, goal }: Entered, { fast, steady }: Runs): Measure[] {
  const of = (what: string) => `${name}: ${what}`;
  const cpu = { figure: of('CPU in the service'), unit: 'us', runs: fast.map((cost) => cost.service) };
  return [
    ...(service === 'none'
      ? []
      : [
          {
            ...cpu,
            ...(peer === undefined ? {} : { peer: `${peer}: CPU in the service` }),
            ...(goal === undefined ? {} : { goal }),
          },
        ]),
    {
      figure: of('CPU in Envoy'),
      unit: 'us',
      runs: fast.map((cost) => cost.envoy),
      ...(name === alone ? {} : { peer: `${alone}: CPU in Envoy` }),
    },
    ...(['p50', 'p99'] as const).map((share) => ({
      figure: of(`${share} at ${steadyRate}/s`),
      unit: 'ms',
      runs: steady.map((cost) => cost[share]),
      ...(name === alone ? {} : { peer: `${alone}: ${share} at ${steadyRate}/s` }),
    })),
  ];
}
