#!/usr/bin/env node
// `npm run demo`: runs on the host's Node (20 or later), installs the packages where needed, and hands over to demo.ts
// on the Node that is among them.
import { ensurePackages, handOver } from './packages.mjs';

if (ensurePackages()) handOver('examples/quickstart/demo.ts');
else process.exitCode = 1;
