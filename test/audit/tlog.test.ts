/** Go's sumdb packages, through a program that calls nothing else, verify evidence by the command in VERIFY.md. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openLog } from '../../plugin/audit/log.ts';
import { proveEntry } from '../../plugin/audit/prove.ts';
import { event, parts } from './parts.ts';

const program = join(import.meta.dirname, 'tlog');
/** The package comes from the module cache or, once, from Go's proxy. */
const built = spawnSync('go', ['-C', program, 'build', '-o', '/dev/null', '.'], { encoding: 'utf8', timeout: 60_000 });
const skip =
  built.status !== 0 && `no go on the PATH that builds ${program} (https://go.dev/dl): ${built.stderr ?? ''}`;

/** The command as VERIFY.md has it, with what is written in capitals filled in. */
function run(evidence: string, line: number, kept = '', log = '') {
  const text = readFileSync(join(evidence, 'VERIFY.md'), 'utf8');
  const command = [...text.matchAll(/^ {4}(go -C .*)$/gm)][line]?.[1] ?? '';
  const filled = command
    .replace('COUNTERSIGN/test/audit/tlog', program)
    .replace('KEPT-CHECKPOINT', kept)
    .replace('LOG-FOLDER', log);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', filled], {
    cwd: evidence,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, out: stdout + stderr };
}

t.test('checkpoint, inclusion and consistency hold for Go, and what was changed does not', { skip }, async (t) => {
  const state = t.testdir();
  const folder = join(state, 'audit');
  const evidence = join(state, 'evidence');
  const kept = join(state, 'kept');
  for (const one of [evidence, join(state, 'fork')]) mkdirSync(one);
  const first = await openLog(parts(state));
  for (let at = 0; at < 3; at += 1) await first.append(event(at));
  await first.close();
  copyFileSync(join(folder, 'checkpoint'), kept);
  const second = await openLog(parts(state));
  for (let at = 0; at < 300; at += 1) await second.append(event(at));
  await second.close();
  const files = await proveEntry(folder, 200);
  const put = (changed: Readonly<Record<string, Buffer>>) => {
    for (const [name, bytes] of Object.entries({ ...files, ...changed })) writeFileSync(join(evidence, name), bytes);
  };

  put({});
  t.match(run(evidence, 0), { status: 0, out: /checkpoint of e1\..* over \d+ batches\nbatch \d+ is included\n/ });
  t.match(run(evidence, 1, kept, folder), { status: 0, out: /the first 5 batches are the same/ });

  const bundle = String(files['bundle.json']);
  put({ 'bundle.json': Buffer.from(bundle.replace(/"logIndex": "\d+"/, '"logIndex": "7"')) });
  t.match(run(evidence, 0), { status: 1, out: /invalid/ }, 'another place in the log');
  put({ 'bundle.json': Buffer.from(bundle.replace(/("canonicalizedBody": ")ey/, '$1ez')) });
  t.match(run(evidence, 0), { status: 1 }, 'another leaf');
  put({ checkpoint: Buffer.from(String(files.checkpoint).replace(/\n(\d+)\n/, '\n9$1\n')) });
  t.match(run(evidence, 0), { status: 1, out: /signature/ }, 'another size');

  put({});
  const fork = await openLog(parts(join(state, 'fork')));
  await fork.close();
  copyFileSync(join(state, 'fork', 'audit', 'checkpoint'), kept);
  t.match(run(evidence, 1, kept, folder), { status: 1 }, 'a checkpoint of another log');
});
