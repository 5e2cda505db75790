#!/usr/bin/env node
// `npm run demo`: runs on the host's Node (20 or later), installs the packages and builds the console's page where needed,
// and hands over to demo.ts on the Node that is among them.
import { ensurePackages, handOver } from './packages.mjs';
import { ensurePage } from './page.mjs';

try {
  if (!ensurePackages()) process.exitCode = 1;
  else {
    ensurePage();
    handOver('examples/quickstart/demo.ts');
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
