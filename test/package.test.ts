import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('..', import.meta.url));

t.test('the emitted package serves: workers, wire types and all', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  // The test runner puts its own loader into the environment of Node programs, which tsc can't bear.
  const emit = 'NODE_OPTIONS= exec "$0" -p "$1" --outDir "$2" --declaration false';
  const project = join(root, 'tsconfig.build.json');
  execFileSync('sh', ['-c', emit, join(root, 'node_modules/.bin/tsc'), project, join(folder, 'dist')]);
  cpSync(join(root, 'plugin/envoy/wire/wire.js'), join(folder, 'dist/envoy/wire/wire.js'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'run'), { mode: 0o750 });
  const bundle = join(root, 'examples/quickstart/bundle.tar.gz');
  writeFileSync(join(folder, 'c.yaml'), `policy: {source: ${bundle}}\naudit: {writer: w}\n`);
  const cli = join(folder, 'dist/cli/main.js');
  const child = spawn(process.execPath, [cli, 'serve', '-c', join(folder, 'c.yaml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    log += chunk;
    if (!child.killed && log.includes('"msg":"serving"')) child.kill('SIGTERM');
  }
  if (child.exitCode === null) await once(child, 'exit');
  t.equal(child.exitCode, 0, log);
  t.match(log, /"msg":"stopped"/);
});
