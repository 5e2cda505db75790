import { accessSync, constants, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, startChild, until } from '../../examples/quickstart/child.ts';
import { render } from '../../examples/quickstart/render.ts';

/** A service under measurement: a process of its own, on a socket of its own. */
export interface Service {
  readonly name: ServiceName;
  readonly socket: string;
  readonly child: Child;
}

export type ServiceName =
  | 'none'
  | 'grpc-js'
  | 'node:http2'
  | 'own h2'
  | 'countersign'
  | 'countersign on node:http2'
  | 'opa'
  | 'opa-log';

/** What starting takes. */
export interface Ground {
  /** Private folder with the subfolder `run` 0700 for sockets. */
  readonly folder: string;
  readonly jwks: string;
  /** Further flags of Node for Countersign: the profiler's. */
  readonly flags?: readonly string[];
}

const bench = join(import.meta.dirname, '..');
const root = join(bench, '..');

/** `$OPA_ENVOY`, else `opa-envoy-plugin` on the PATH, else null: it is measured where it is there. */
export function findOpaEnvoy(): string | null {
  const given = process.env.OPA_ENVOY;
  const places = given ? [given] : (process.env.PATH ?? '').split(delimiter).map((it) => join(it, 'opa-envoy-plugin'));
  return places.find(executable) ?? null;
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

type Command = (ground: Ground, socket: string, name: ServiceName) => readonly string[];

const node =
  (script: URL, ...rest: readonly string[]): Command =>
  (_ground, socket) => [process.execPath, fileURLToPath(script), socket, ...rest];

const noOp = new URL('../peer/transport.ts', import.meta.url);

const countersign: Command = ({ folder, flags = [] }, _socket, name) => [
  process.execPath,
  ...flags,
  ...[join(root, 'plugin', 'cli', 'main.ts'), 'serve', '-c', join(folder, `${name}.yaml`)],
];

/** `decision_logs.console` writes a line for each decision: neither signed nor durable. */
const opa =
  (log: boolean): Command =>
  (_ground, socket) => {
    const plugin = 'plugins.envoy_ext_authz_grpc';
    const settings = [`${plugin}.addr=unix://${socket}`, `${plugin}.path=envoy/authz/allow`];
    const sets = log ? [...settings, 'decision_logs.console=true'] : settings;
    return [
      findOpaEnvoy() ?? 'opa-envoy-plugin',
      ...['run', '--server', '--addr', `unix://${socket}.http`, '--disable-telemetry', '--log-level', 'error'],
      ...sets.flatMap((set) => ['--set', set]),
      join(bench, 'policy', 'authz.rego'),
    ];
  };

const commands: Readonly<Record<Exclude<ServiceName, 'none'>, Command>> = {
  'grpc-js': node(new URL('../peer/grpc-js.ts', import.meta.url)),
  'node:http2': node(noOp, 'node'),
  'own h2': node(noOp, 'h2'),
  countersign,
  'countersign on node:http2': countersign,
  opa: opa(false),
  'opa-log': opa(true),
};

/** Starts a service; resolves when its socket takes connections. */
export async function startService(name: Exclude<ServiceName, 'none'>, ground: Ground): Promise<Service> {
  const socket = join(ground.folder, 'run', `${name.replaceAll(/[ :]/g, '-')}.sock`);
  if (commands[name] === countersign) await writeConfig(ground, socket, name);
  const child = await startChild(name, commands[name](ground, socket, name), {
    cwd: ground.folder,
    log: join(ground.folder, `${name}.log`),
  });
  await until(`${name} to listen`, () => listens(socket), [child]);
  return { name, socket, child };
}

async function writeConfig({ folder, jwks }: Ground, socket: string, name: ServiceName): Promise<void> {
  const file = join(root, 'examples', 'quickstart', 'countersign.yaml');
  const text = render(readFileSync(file, 'utf8'), {
    COUNTERSIGN_SOCKET: `unix:${socket}`,
    ADMIN_SOCKET: `unix:${socket}.admin`,
    STATE: join(folder, `state of ${name}`),
    POLICY: join(bench, 'policy', 'bundle.tar.gz'),
    JWKS: jwks,
  });
  const transport = name === 'countersign' ? 'h2' : 'node';
  await writeFile(join(folder, `${name}.yaml`), `${text}\ntransport: ${transport}\n`, { mode: 0o600 });
}

function listens(path: string): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
