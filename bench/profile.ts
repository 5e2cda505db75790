/** Where Countersign's time goes: the functions of a CPU profile taken under load. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Filter } from './exchange/envoy.ts';
import { type Arrangement, type Cost, openRig } from './exchange/rig.ts';

/** V8's .cpuprofile, as far as it is read here. Times in microseconds. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Of the machine's monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const admit: readonly Filter[] = ['envoy.filters.http.ext_authz'];
const both: readonly Filter[] = [...admit, 'envoy.filters.http.ext_proc'];

const profiled: readonly Arrangement[] = [
  { name: 'admit, record: none', service: 'countersign', filters: admit, path: '/none/customers' },
  { name: 'admit, record: metadata', service: 'countersign', filters: admit, path: '/metadata/customers' },
  { name: 'exchange, record: none', service: 'countersign', filters: both, path: '/none/customers' },
];
const warm = { rate: null, count: 15_000, ms: 15_000 };
const load = { rate: null, count: 10_000, ms: 12_000 };
const shown = 40;
const root = new URL('..', import.meta.url).href;

/** Text for people. */
export async function profileExchange(say: (line: string) => void): Promise<string> {
  const parts: string[] = [];
  for (const arrangement of profiled) {
    say(`${arrangement.name}: ${load.count} exchanges`);
    parts.push(await profileOf(arrangement));
  }
  return parts.join('\n\n');
}

async function profileOf(arrangement: Arrangement): Promise<string> {
  const rig = await openRig([arrangement], ['--cpu-prof', '--cpu-prof-dir=profile', '--cpu-prof-interval=500']);
  try {
    await rig.load(arrangement, warm);
    const from = now();
    const cost = await rig.load(arrangement, load);
    const to = now();
    await rig.stop();
    const folder = join(rig.folder, 'profile');
    const files = (await readdir(folder)).map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')));
    const times = ((await Promise.all(files)) as Profile[])
      .map((profile) => timesOf(profile, from, to))
      .sort((a, b) => b.busy - a.busy);
    const [main] = times;
    if (!main) throw new Error('Countersign left no profile');
    return reportOf(arrangement.name, cost, main);
  } finally {
    await rig.close();
  }
}

/** Microseconds of the clock that V8 stamps its profiles with. */
const now = () => Number(process.hrtime.bigint() / 1_000n);

/** Microseconds by function: in itself, and with all that it called. */
interface Times {
  readonly self: ReadonlyMap<string, number>;
  readonly total: ReadonlyMap<string, number>;
  /** All but waiting. */
  readonly busy: number;
}

const waiting: ReadonlySet<string> = new Set(['(idle)', '(root)']);

/** The samples of a span of time: what was compiled and warmed up before it is left out. */
function timesOf({ nodes, startTime, samples, timeDeltas }: Profile, from: number, to: number): Times {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selfOf = new Map<number, number>();
  let time = startTime;
  for (const [at, id] of samples.entries()) {
    const took = timeDeltas[at] ?? 0;
    time += took;
    if (time >= from && time <= to) selfOf.set(id, (selfOf.get(id) ?? 0) + took);
  }
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  const active = new Set<string>();
  const add = (to: Map<string, number>, name: string, time: number) => to.set(name, (to.get(name) ?? 0) + time);

  /** A function that calls itself counts once: by its outermost call. */
  function visit(id: number): number {
    const node = byId.get(id);
    if (!node) return 0;
    const name = nameOf(node.callFrame);
    const outermost = !active.has(name);
    active.add(name);
    let sum = selfOf.get(id) ?? 0;
    add(self, name, sum);
    for (const child of node.children ?? []) sum += visit(child);
    if (outermost) {
      active.delete(name);
      add(total, name, sum);
    }
    return sum;
  }

  const all = visit(nodes[0]?.id ?? 0);
  const idle = [...waiting].reduce((sum, name) => sum + (self.get(name) ?? 0), 0);
  return { self, total, busy: all - idle };
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  return url === '' ? name : `${name} ${url.replace(root, '').replace(/^.*node_modules\//, '')}:${lineNumber + 1}`;
}

/** Samples are of the wall clock, and others may have had the processor: scaled to what the main thread really used. */
function reportOf(name: string, { exchanges, service, main }: Cost, { self, total, busy }: Times): string {
  const scale = main / busy;
  const line = ([name, time]: readonly [string, number]) => `  ${(time * scale).toFixed(1).padStart(7)} us  ${name}`;
  const list = (times: ReadonlyMap<string, number>, wanted: (name: string) => boolean) =>
    [...times]
      .filter(([name]) => !waiting.has(name) && wanted(name))
      .sort((a, b) => b[1] - a[1])
      .slice(0, shown)
      .map(line)
      .join('\n');
  const other = service - main;
  return [
    `${name}: ${exchanges} exchanges; ${main.toFixed(0)} us each in the main thread, ${other.toFixed(0)} us in others`,
    `in the function itself\n${list(self, () => true)}`,
    `with what it called, functions of Countersign\n${list(total, (of) => of.includes(' plugin/'))}`,
  ].join('\n');
}
