#!/usr/bin/env node
// `npm run bench [-- GROUP...] [--json]`: runs on the host's Node (20 or later), installs the packages where needed,
// finds or fetches Envoy, and hands over to main.ts on the Node that is among the packages.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, environment, node, root } from '../examples/quickstart/packages.mjs';
import { findEnvoy } from '../examples/quickstart/tools.mjs';

function bench() {
  const child = spawn(node, [join(root, 'bench', 'main.ts'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...environment, ENVOY: findEnvoy() },
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

try {
  if (ensurePackages()) bench();
  else process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
