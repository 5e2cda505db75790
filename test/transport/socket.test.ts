import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { listenOnPath, prepareSocketPath } from '../../plugin/transport/socket.ts';

/** A path in a new folder of that mode. Unix sockets have short names: not under the test's own folder. */
async function place(t: Test, mode: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'socket-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, mode);
  return join(folder, 's.sock');
}

async function listening(path: string) {
  const server = createServer((socket) => socket.destroy());
  listenOnPath(server, path);
  await once(server, 'listening');
  return server;
}

t.test('the socket is 0660 at most, whatever the mask, which is left as it was', async (t) => {
  for (const [mask, mode] of [
    [0o000, 0o660],
    [0o022, 0o640],
    [0o077, 0o600],
  ] as const) {
    const path = await place(t, 0o750);
    const before = process.umask(mask);
    try {
      await prepareSocketPath(path);
      const server = await listening(path);
      t.equal((await stat(path)).mode & 0o777, mode);
      t.equal(process.umask(), mask);
      server.close();
    } finally {
      process.umask(before);
    }
  }
});

t.test('a folder that others can enter or that its group can write is refused, and the remedy named', async (t) => {
  for (const mode of [0o751, 0o755, 0o770, 0o777]) {
    const path = await place(t, mode);
    await t.rejects(prepareSocketPath(path), { code: 'config_invalid', message: /chmod 0750/ });
  }
  for (const mode of [0o700, 0o750]) await t.resolves(prepareSocketPath(await place(t, mode)));
});

t.test('a missing folder is made, a missing parent is not', async (t) => {
  const parent = join(await place(t, 0o750), '..');
  const path = join(parent, 'made', 's.sock');
  await prepareSocketPath(path);
  t.equal((await stat(join(parent, 'made'))).mode & 0o027, 0);
  await t.rejects(prepareSocketPath(join(parent, 'no', 'no', 's.sock')), { code: 'config_invalid' });
});

t.test('a socket on which nobody listens is removed, one in use is not', async (t) => {
  const path = await place(t, 0o750);
  const server = await listening(path);
  await t.rejects(prepareSocketPath(path), { code: 'config_invalid', message: /another process listens/ });
  await t.resolves(stat(path));
  // What a killed process leaves behind: its file outlives it.
  const left = `${path}.left`;
  await rename(path, left);
  server.close();
  await once(server, 'close');
  await t.resolves(stat(left));
  await prepareSocketPath(left);
  await t.rejects(stat(left));
});

t.test('a file that is no socket is never removed', async (t) => {
  const path = await place(t, 0o750);
  await writeFile(path, 'precious');
  await t.rejects(prepareSocketPath(path), { code: 'config_invalid', message: /another file/ });
  await t.resolves(stat(path));
  const folder = await place(t, 0o750);
  await mkdir(folder);
  await t.rejects(prepareSocketPath(folder), { code: 'config_invalid' });
});
