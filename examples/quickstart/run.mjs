#!/usr/bin/env node
// `npm run demo`: runs on the host's Node (20 or later), installs the packages where needed, and hands over to demo.ts
// on the Node that is among them.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const node = join(root, 'node_modules', '.bin', 'node');

/** npm's own record of what it installed is as new as the lock file, or newer. */
function installed() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || !existsSync(node)) return false;
  return statSync(record).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function install() {
  process.stderr.write('Packages: npm ci (a minute or two, once)\n');
  const npm = process.env.npm_execpath;
  const [file, ...first] = npm ? [process.execPath, npm] : ['npm'];
  const { status } = spawnSync(file, [...first, 'ci'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return true;
  process.stderr.write('npm ci failed: what it printed above says why; mend that and start again\n');
  return false;
}

function demo() {
  const child = spawn(node, [join(root, 'examples', 'quickstart', 'demo.ts'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
  });
}

if (installed() || install()) demo();
else process.exitCode = 1;
