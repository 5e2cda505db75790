/** The whole process on a disk that is full: it ends, not with success, and says why. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { smallDisk } from '../audit/flood.ts';

const cli = fileURLToPath(new URL('../../plugin/cli/main.ts', import.meta.url));
const disk = mkdtempSync(join(tmpdir(), 'full-'));
const unmount = smallDisk(disk, 3);
t.teardown(() => {
  unmount?.();
  rmSync(disk, { recursive: true });
});
const skip = unmount === null && 'only root may mount a small disk (mount -t tmpfs)';

for (const how of ['while it serves', 'while it stops'] as const)
  t.test(`a disk that is full ${how} ends the process with a fault`, { skip, timeout: 30_000 }, async (t) => {
    const folder = join(disk, how.replaceAll(' ', '-'));
    for (const made of [folder, join(folder, 'policy')]) mkdirSync(made);
    for (const one of [disk, folder]) chmodSync(one, 0o700);
    const file = join(folder, 'countersign.yaml');
    writeFileSync(
      file,
      `listen: unix:${folder}/a.sock\nadmin: unix:${folder}/b.sock\nstate: ${folder}/state\npolicy: {source: ${folder}/policy}\n`,
    );
    const child = spawn(process.execPath, [cli, 'serve', '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    const serving = Promise.withResolvers<void>();
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('"serving"')) serving.resolve();
    });
    const ended = once(child, 'exit');
    await Promise.race([serving.promise, ended]);
    // What is published each second is published by then: the disk is as full as it will be.
    await delay(1_500);
    t.throws(() => writeFileSync(join(folder, 'ballast'), Buffer.alloc(4_000_000)), { code: 'ENOSPC' });
    writeFileSync(join(folder, 'policy', 'policy.wasm'), '');
    child.kill(how === 'while it serves' ? 'SIGHUP' : 'SIGTERM');
    const [status] = await ended;
    t.equal(status, 1, text);
    t.match(text, /the audit log could not be written: nothing more is allowed|audit log is broken/);
    t.notMatch(text, /internal fault/);
    rmSync(join(folder, 'ballast'));
  });
