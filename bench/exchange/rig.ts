import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, startChild, until } from '../../examples/quickstart/child.ts';
import { send } from '../../examples/quickstart/client.ts';
import { openIdp } from '../../examples/quickstart/idp.ts';
import { findEnvoy } from '../../examples/quickstart/tools.mjs';
import { makeFolder } from '../folder.ts';
import { openCallers } from './callers.ts';
import { cpuOf } from './cpu.ts';
import { envoyConfig, type Filter, portsOf } from './envoy.ts';
import type { Load, Score } from './load.ts';
import { type ServiceName, startService } from './services.ts';

/** A way to plug a service in. */
export interface Arrangement {
  readonly name: string;
  readonly service: ServiceName;
  readonly filters: readonly Filter[];
  /** What callers ask for. */
  readonly path: string;
}

/** What one load cost. Processor time in microseconds per exchange. */
export interface Cost extends Score {
  readonly service: number;
  /** Of `service`, what its main thread used. */
  readonly main: number;
  readonly envoy: number;
}

/** Everything that is measured, running side by side and idle but for the one that is under load. */
export interface Rig {
  /** @throws Error when an exchange failed */
  load(arrangement: Arrangement, how: Pick<Load, 'rate' | 'count' | 'ms'>): Promise<Cost>;
  /** One exchange, to see what callers get. */
  ask(arrangement: Arrangement): ReturnType<typeof send>;
  /** Ends the services in order, so that a profiler can write what it saw, and leaves the folder. */
  stop(): Promise<void>;
  /** Ends what still runs and removes the folder. */
  close(): Promise<void>;
  readonly folder: string;
}

const connections = 16;

/** Starts the upstream, the services of the arrangements, and one Envoy with one worker and a listener for each. */
export async function openRig(arrangements: readonly Arrangement[], flags: readonly string[] = []): Promise<Rig> {
  const { folder, remove } = makeFolder();
  await mkdir(join(folder, 'run'), { mode: 0o700 });
  const children: Child[] = [];
  const callers = openCallers();
  const stop = async () => {
    callers.close();
    for (const child of children.reverse()) await child.stop();
  };
  const close = async () => {
    await stop();
    remove();
  };
  try {
    const idp = await openIdp(folder);
    const token = await idp.token('reporting-agent', 'api');
    const upstreamPort = await freePort();
    const origin = [process.execPath, fileURLToPath(new URL('./origin.ts', import.meta.url)), String(upstreamPort)];
    children.push(await startChild('upstream', origin, { cwd: folder, log: join(folder, 'upstream.log') }));

    const services = new Map<ServiceName, { readonly socket: string; readonly pid: number }>();
    for (const name of new Set(arrangements.map(({ service }) => service))) {
      if (name === 'none') continue;
      const { child, socket } = await startService(name, { folder, jwks: idp.jwks, flags });
      children.push(child);
      services.set(name, { socket, pid: child.pid });
    }

    const admin = join(folder, 'run', 'envoy.sock');
    const listeners = arrangements.map(({ service, ...rest }) => ({
      ...rest,
      socket: services.get(service)?.socket ?? join(folder, 'run', 'none.sock'),
    }));
    await writeFile(join(folder, 'envoy.json'), await envoyConfig(listeners, { admin, jwks: idp.jwks, upstreamPort }));
    const envoyFlags = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
    const envoy = await startChild('Envoy', [findEnvoy(), '-c', join(folder, 'envoy.json'), ...envoyFlags], {
      cwd: folder,
      log: join(folder, 'envoy.log'),
    });
    children.push(envoy);
    const get = (path: string) => send({ socketPath: admin }, { path, deadlineMs: 5_000 });
    await until('Envoy', async () => ((await get('/ready')).status === 200 ? true : undefined), [envoy]);
    const ports = portsOf((await get('/listeners?format=json')).body);
    const portOf = ({ name }: Arrangement) => ports.get(name) ?? 0;

    return {
      folder,
      async load(arrangement, how) {
        const { path } = arrangement;
        const headers = [`authorization: Bearer ${token}`];
        const service = services.get(arrangement.service)?.pid;
        const spent = () => ({
          service: service === undefined ? 0 : cpuOf(service),
          main: service === undefined ? 0 : cpuOf(service, 'main'),
          envoy: cpuOf(envoy.pid),
        });
        const before = spent();
        const score = await callers.run({ port: portOf(arrangement), path, headers, connections, ...how });
        const after = spent();
        if (score.failed > 0)
          throw new Error(`${arrangement.name}: ${score.failed} of ${score.failed + score.exchanges} exchanges failed`);
        const each = (of: 'service' | 'main' | 'envoy') => (after[of] - before[of]) / score.exchanges;
        return { ...score, service: each('service'), main: each('main'), envoy: each('envoy') };
      },
      ask: (arrangement) => send({ port: portOf(arrangement) }, { path: arrangement.path, token }),
      stop,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
