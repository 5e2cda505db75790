/**
 * The quick start as a running whole: a private folder, an identity provider, an upstream, Countersign and Envoy. The
 * demo and the tests on the real Envoy open it, stop parts of it, and start them again.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Document, parseDocument } from 'yaml';
import { type Child, type Output, run, startChild, until } from './child.ts';
import { type Ask, type Exchange, send } from './client.ts';
import { type Idp, openIdp } from './idp.ts';
import { render } from './render.ts';
import { findEnvoy } from './tools.mjs';
import { startUpstream, type Upstream, type UpstreamOptions } from './upstream.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');

/** The command line of Countersign from its sources, on the Node that runs this. */
export const countersign: readonly string[] = [process.execPath, join(root, 'plugin', 'cli', 'main.ts')];

export interface SiteOptions {
  /** Bundle or folder of Rego; the quick start's own bundle without. */
  readonly policy?: string;
  /** False: starting Countersign is done when its health answers at all, also that it denies everything. */
  readonly serving?: boolean;
  /** Changes Envoy's configuration before it is written: `setIn`, `deleteIn` of the yaml package. */
  readonly envoyPatch?: (config: Document) => void;
  /** Changes `countersign.yaml` likewise. */
  readonly configPatch?: (config: Document) => void;
  /** Sees every request at the upstream first; true says that it has answered. */
  readonly respond?: UpstreamOptions['respond'];
}

export interface Site {
  /** 0700; everything below is in it, and goes with it. */
  readonly folder: string;
  readonly config: string;
  /** The log that `countersign audit verify` reads. */
  readonly log: string;
  readonly idp: Idp;
  readonly upstream: Upstream;
  /** The one that runs now, or ran last. */
  plugin(): Child;
  envoy(): Child;
  /** All that were started and run, or ended, in order. */
  children(): readonly Child[];
  /** Starts Countersign (again) and resolves when its health says that it serves. */
  startPlugin(): Promise<Child>;
  /** Starts Envoy (again), on the same port as before, and resolves when it is ready. */
  startEnvoy(): Promise<Child>;
  /** Where callers go. */
  port(): number;
  /** One exchange through Envoy. */
  ask(ask: Ask): Promise<Exchange>;
  /** GET on Countersign's admin listener, or on Envoy's. */
  admin(of: 'plugin' | 'envoy', path: string): Promise<Exchange>;
  /** `countersign ...args` with `-c` of this site; `token` is whose hands are on the keyboard. */
  cli(args: readonly string[], token?: string): Promise<Output>;
  /** Stops everything and removes the folder. Idempotent. */
  close(): Promise<void>;
}

/** Lays out the folder and starts the upstream. Countersign and Envoy are started by the caller, in this order. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const envoyBinary = findEnvoy();
  const folder = await makeFolder();
  const at = (...names: string[]) => join(folder, ...names);
  const sockets = {
    plugin: at('run', 'admin.sock'),
    envoy: at('run', 'envoy.sock'),
    grpc: at('run', 'countersign.sock'),
  };
  await mkdir(at('run'), { mode: 0o700 });
  const idp = await openIdp(folder);
  const upstream = await startUpstream(options.respond ? { respond: options.respond } : {});
  let port = 0;

  await writeConfig('countersign.yaml', at('countersign.yaml'), options.configPatch, {
    COUNTERSIGN_SOCKET: `unix:${sockets.grpc}`,
    ADMIN_SOCKET: `unix:${sockets.plugin}`,
    STATE: at('state'),
    POLICY: options.policy ?? join(here, 'bundle.tar.gz'),
    JWKS: idp.jwks,
  });
  const writeEnvoy = () =>
    writeConfig('envoy.yaml', at('envoy.yaml'), options.envoyPatch, {
      ENVOY_ADMIN: sockets.envoy,
      ENVOY_PORT: port,
      ACCESS_LOG: at('access.log'),
      JWKS: idp.jwks,
      COUNTERSIGN_SOCKET: sockets.grpc,
      UPSTREAM_PORT: upstream.port,
    });

  const started: Promise<Child>[] = [];
  const children: { plugin?: Child; envoy?: Child } = {};
  const start = async (of: 'plugin' | 'envoy', ...how: Parameters<typeof startChild>) => {
    const starting = startChild(...how);
    started.push(starting);
    const child = await starting;
    children[of] = child;
    return child;
  };
  const admin = (of: 'plugin' | 'envoy', path: string) =>
    send({ socketPath: sockets[of] }, { path, deadlineMs: 5_000 });
  const ready = (of: 'plugin' | 'envoy', path: string, child: Child, healthy = true) => {
    const look = async () => ((await admin(of, path)).status === 200 || !healthy ? true : undefined);
    return until(`${child.name} to be ready`, look, [child]);
  };

  let closing: Promise<void> | undefined;
  const close = async () => {
    for (const one of (await Promise.allSettled(started)).reverse())
      if (one.status === 'fulfilled') await one.value.stop();
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  };

  return {
    folder,
    config: at('countersign.yaml'),
    log: at('state', 'audit'),
    idp,
    upstream,
    plugin: () => present(children.plugin, 'Countersign'),
    envoy: () => present(children.envoy, 'Envoy'),
    children: () => Object.values(children),
    async startPlugin() {
      const command = [...countersign, 'serve', '-c', at('countersign.yaml')];
      const child = await start('plugin', 'Countersign', command, { cwd: folder, log: at('countersign.log') });
      await ready('plugin', '/healthz', child, options.serving);
      return child;
    },
    async startEnvoy() {
      await writeEnvoy();
      const flags = ['--disable-hot-restart', '--concurrency', '2', '--log-level', 'warning'];
      const command = [envoyBinary, '-c', at('envoy.yaml'), ...flags];
      const child = await start('envoy', 'Envoy', command, { cwd: folder, log: at('envoy.log') });
      await ready('envoy', '/ready', child);
      port = portOf((await admin('envoy', '/listeners?format=json')).body);
      return child;
    },
    port: () => port,
    ask: (ask) => send({ port }, ask),
    admin,
    cli: (args, token) =>
      run([...countersign, ...args], { cwd: folder, env: token === undefined ? {} : { COUNTERSIGN_TOKEN: token } }),
    close: () => (closing ??= close()),
  };
}

/** A socket's path may have some 100 bytes, so a long temporary folder is passed over. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir().length <= 60 ? tmpdir() : '/tmp', 'countersign-'));
  await chmod(folder, 0o700);
  return folder;
}

async function writeConfig(
  name: string,
  file: string,
  patch: ((config: Document) => void) | undefined,
  values: Readonly<Record<string, string | number>>,
): Promise<void> {
  const text = render(await readFile(join(here, name), 'utf8'), values);
  if (!patch) return writeFile(file, text, { mode: 0o600 });
  const config = parseDocument(text);
  patch(config);
  await writeFile(file, config.toString({ lineWidth: 0 }), { mode: 0o600 });
}

function present(child: Child | undefined, name: string): Child {
  if (!child) throw new Error(`${name} was not started yet`);
  return child;
}

function portOf(listeners: Buffer): number {
  const { listener_statuses: [edge] = [] } = JSON.parse(listeners.toString('utf8')) as {
    listener_statuses?: { local_address?: { socket_address?: { port_value?: number } } }[];
  };
  const port = edge?.local_address?.socket_address?.port_value;
  if (!port) throw new Error('Envoy names no port of its first listener');
  return port;
}
