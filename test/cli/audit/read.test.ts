import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { linesOf, searchCommand, tailCommand } from '../../../plugin/cli/audit/read.ts';
import { eventOf, openReal, writeReal } from '../../verify/real.ts';
import { decision, exchange } from '../../verify/sample.ts';

const cli = new URL('../../../plugin/cli/main.ts', import.meta.url).pathname;
const { folder: dir } = await writeReal(t.testdir());

async function printed(run: () => Promise<void>): Promise<readonly string[]> {
  const { write } = process.stdout;
  const out: string[] = [];
  process.stdout.write = (text: string | Uint8Array) => out.push(String(text)) > 0;
  try {
    await run();
  } finally {
    process.stdout.write = write;
  }
  return out.join('').split('\n').slice(0, -1);
}

t.test('what is found is a line each, or as it was signed', async (t) => {
  t.match(await printed(() => searchCommand({ dir, verdict: 'deny' })), [
    /^2 \S+Z decision agent deny GET api\.example/,
  ]);
  const [json = ''] = await printed(() => searchCommand({ dir, verdict: 'deny', json: true }));
  t.match(JSON.parse(json), { seq: 2, verdict: 'deny' });
});

t.test('the newest entries are the last', async (t) => {
  const seqs = async (lines: number) =>
    (await printed(() => tailCommand({ dir, lines }))).map((line) => Number.parseInt(line, 10));
  t.same(await seqs(2), [9, 10]);
  t.same(await seqs(0), []);
  t.same(await seqs(100), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  t.equal(linesOf('12'), 12);
  for (const text of ['', '-1', '1.5', 'all', '1e9']) t.throws(() => linesOf(text), /expected a number/);
});

t.test('a log is followed as it grows', { timeout: 9_000 }, async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'log-'));
  const log = await openReal(state);
  // Closed before its folder goes: it writes its last tiles when it is closed.
  t.teardown(async () => {
    await log.close();
    rmSync(state, { recursive: true });
  });
  const child = spawn(process.execPath, [cli, 'audit', 'tail', '-f', '-n', '1', '--dir', `${state}/audit`], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  t.match((await lines.next()).value, /^0 \S+ boot /);
  for (const number of [1, 2]) {
    await log.append(eventOf(decision(number)));
    t.match((await lines.next()).value, new RegExp(`^${number} \\S+ decision agent allow .* ${exchange(number)}$`));
  }
  child.kill();
  await once(child, 'exit');
});
