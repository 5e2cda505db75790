// Installs the packages where they are missing or older than the lock file. Plain JavaScript without packages, so that
// the host's own Node (20 or later) runs it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const bin = join(root, 'node_modules', '.bin');

/** The Node that is among the packages. */
const node = join(bin, 'node');

/** The environment in which the packages' programs, and their Node, come first. */
export const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };

/** npm's own record of what it installed is as new as the lock file, or newer. */
function installed() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || !existsSync(node)) return false;
  return statSync(record).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** True when the packages are there. Progress and what went wrong go to standard error. */
export function ensurePackages() {
  if (installed()) return true;
  process.stderr.write('Packages: npm ci (a minute or two, once)\n');
  const npm = process.env.npm_execpath;
  const [file, ...first] = npm ? [process.execPath, npm] : ['npm'];
  const { status } = spawnSync(file, [...first, 'ci'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0 && existsSync(node)) return true;
  process.stderr.write('npm ci failed: what it printed above says why; mend that and start again\n');
  return false;
}

/** Runs a script of the project on the Node that is among the packages, as if it had been started instead of us. */
export function handOver(script, env = environment) {
  const child = spawn(node, [join(root, script), ...process.argv.slice(2)], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
  });
}
