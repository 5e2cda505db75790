#!/usr/bin/env node
// `npm test`: everything a change must pass. Runs on the host's Node (20 or later), installs the packages where needed,
// finds or fetches Envoy and opa, and runs each step on the Node that is among the packages.
import { spawn } from 'node:child_process';
import { ensurePackages, environment, root } from '../examples/quickstart/packages.mjs';
import { ensurePage } from '../examples/quickstart/page.mjs';
import { findCosign, findEnvoy, findOpa } from '../examples/quickstart/tools.mjs';

/** How a step's own output counts what it tried; a step that counts nothing is one check. */
const tapTotals = /^# \{ total: \d+(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, skip: (\d+))?/m;
const opaTotals = /^(PASS|FAIL): (\d+)\/(\d+)$/gm;

const byTap = (output) => {
  const [, pass = '0', fail = '0', skip = '0'] = tapTotals.exec(output) ?? [];
  return { passed: Number(pass), failed: Number(fail), skipped: Number(skip) };
};
const byOpa = (output) => {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, kind, count] of output.matchAll(opaTotals))
    counts[kind === 'PASS' ? 'passed' : 'failed'] += Number(count);
  return counts;
};

const steps = [
  { name: 'lint', command: ['biome', 'ci', '--colors=off', '.'] },
  { name: 'types', command: ['tsc'] },
  { name: 'types of the page', command: ['tsc', '-p', 'plugin/console/page'] },
  { name: 'unused code', command: ['knip'] },
  { name: 'generated wire types are current', command: ['node', 'plugin/envoy/wire/generate.ts', '--check'] },
  { name: 'the demo bundle is current', command: ['node', 'policies/build.ts', '--check'] },
  { name: 'opa test', command: [null, 'test', 'policies', 'examples/quickstart/policy'], count: byOpa },
  // tap compiles the plugins that .taprc asks for: a fresh install has the default ones.
  { name: 'test runner', command: ['tap', 'build'] },
  { name: 'tests', command: ['tap', '--reporter=tap'], count: byTap },
];

function run(name, [file, ...args], env) {
  return new Promise((resolve) => {
    process.stdout.write(`\n== ${name}: ${[file, ...args].join(' ')}\n`);
    const started = Date.now();
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', (error) => resolve({ status: 1, output: String(error), seconds: 0 }));
    child.on('close', (status) => resolve({ status: status ?? 1, output, seconds: (Date.now() - started) / 1000 }));
  });
}

async function main() {
  if (!ensurePackages()) return 1;
  ensurePage();
  const opa = findOpa();
  const cosign = findCosign();
  const env = { ...environment, ENVOY: findEnvoy(), OPA: opa, ...(cosign === null ? {} : { COSIGN: cosign }) };
  const only = process.argv.slice(2);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const rows = [];
  for (const { name, command, count } of steps) {
    if (only.length > 0 && !only.includes(name)) continue;
    const [file, ...args] = command;
    const { status, output, seconds } = await run(name, [file ?? opa, ...args], env);
    const counted = count?.(output) ?? { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
    if (status !== 0 && counted.failed === 0) counted.failed = 1;
    if (status === 0 && counted.passed === 0) counted.failed = 1;
    for (const key of Object.keys(total)) total[key] += counted[key];
    rows.push(`${counted.failed === 0 ? 'pass' : 'FAIL'}  ${name} (${seconds.toFixed(0)} s)`);
  }
  process.stdout.write(
    `\n${rows.join('\n')}\n\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
  );
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error.message}\n\n0 passed, 1 failed\n`);
  process.exitCode = 1;
}
