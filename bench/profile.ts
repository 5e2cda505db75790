/** Where Countersign's time goes: the functions of a CPU profile taken under load, by the time spent in themselves. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Filter } from './exchange/envoy.ts';
import { type Arrangement, openRig } from './exchange/rig.ts';

/** V8's .cpuprofile, as far as it is read here. Times in microseconds. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const halves: Readonly<Record<string, readonly Filter[]>> = {
  admit: ['envoy.filters.http.ext_authz'],
  exchange: ['envoy.filters.http.ext_authz', 'envoy.filters.http.ext_proc'],
};
const load = { rate: null, count: 12_000, ms: 15_000 };
const shown = 45;
const root = new URL('..', import.meta.url).href;

/** Text for people: the functions of admit, then those of the whole exchange. */
export async function profileExchange(say: (line: string) => void): Promise<string> {
  const parts: string[] = [];
  for (const [name, filters] of Object.entries(halves)) {
    say(`${name}: ${load.count} exchanges`);
    parts.push(await profileOf({ name, service: 'countersign', filters, path: '/metadata/customers' }));
  }
  return parts.join('\n\n');
}

async function profileOf(arrangement: Arrangement): Promise<string> {
  const rig = await openRig([arrangement], ['--cpu-prof', '--cpu-prof-dir=profile', '--cpu-prof-interval=250']);
  try {
    const { exchanges, service } = await rig.load(arrangement, load);
    await rig.stop();
    const folder = join(rig.folder, 'profile');
    // One file for each thread; the main one's is the largest.
    const files = (await readdir(folder)).map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')));
    const profiles = ((await Promise.all(files)) as Profile[]).sort((a, b) => busy(b) - busy(a));
    const [main] = profiles;
    if (!main) throw new Error('Countersign left no profile');
    const title = `${arrangement.name}: ${exchanges} exchanges, ${service.toFixed(0)} us each (slower for being watched)`;
    return `${title}\n${top(main, exchanges)}`;
  } finally {
    await rig.close();
  }
}

const idle: ReadonlySet<string> = new Set(['(idle)', '(program)', '(root)']);

function selfTimes({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      url === '' ? functionName : `${functionName || '(anonymous)'} ${url.replace(root, '')}:${lineNumber + 1}`,
    ]),
  );
  const times = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return times;
}

function busy(profile: Profile): number {
  let sum = 0;
  for (const [name, time] of selfTimes(profile)) if (!idle.has(name)) sum += time;
  return sum;
}

function top(profile: Profile, exchanges: number): string {
  const times = [...selfTimes(profile)].filter(([name]) => name !== '(idle)').sort((a, b) => b[1] - a[1]);
  return times
    .slice(0, shown)
    .map(([name, time]) => `  ${(time / exchanges).toFixed(2).padStart(7)} us  ${name}`)
    .join('\n');
}
