#!/usr/bin/env node
// `npm run bench [-- GROUP...] [--json]`: runs on the host's Node (20 or later), installs the packages where needed,
// finds or fetches Envoy, and hands over to main.ts on the Node that is among the packages.
import { ensurePackages, environment, handOver } from '../examples/quickstart/packages.mjs';
import { findEnvoy } from '../examples/quickstart/tools.mjs';

try {
  if (ensurePackages()) handOver('bench/main.ts', { ...environment, ENVOY: findEnvoy() });
  else process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
