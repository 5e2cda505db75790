import { existsSync, fdatasync, write } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { EntryStore } from './store.ts';

const sync = promisify(fdatasync);

/** The `EntryStore` that is a directory. Files are 0644 for a static file server; the folder above them decides. */
export function directoryStore(root: string): EntryStore {
  /** The file that is appended to: a log appends to one at a time, and the one before is done. */
  let current: { readonly path: string; readonly file: FileHandle } | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  /** Appends and syncs one after the other: the system's threads would reorder them. */
  function inTurn(step: () => Promise<void>): Promise<void> {
    const done = turn.then(step);
    turn = done.catch(() => {});
    return done;
  }

  async function descriptor(path: string): Promise<number> {
    if (current?.path !== path) {
      await leave();
      current = { path, file: await open(join(root, path), 'a') };
    }
    return current.file.fd;
  }

  async function leave(): Promise<void> {
    const left = current;
    current = null;
    await left?.file.close();
  }

  return {
    async list(folder) {
      if (!existsSync(join(root, folder))) return [];
      const found = await readdir(join(root, folder), { withFileTypes: true });
      return found
        .filter((it) => it.isFile())
        .map(({ name }) => name)
        .sort();
    },
    read: (path) => readFile(join(root, path)),
    async readAt(path, offset, length) {
      const file = await open(join(root, path), 'r');
      try {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    async create(path, bytes) {
      await makeFolder(dirname(join(root, path)));
      const file = await open(join(root, path), 'wx');
      await file.writeFile(bytes);
      await file.datasync();
      await file.close();
      await syncFolder(dirname(join(root, path)));
    },
    append: (path, bytes) =>
      inTurn(async () => {
        const fd = await descriptor(path);
        for (let at = 0; at < bytes.length; ) at += await writeSome(fd, bytes, at);
      }),
    sync: (path) => inTurn(async () => sync(await descriptor(path))),
    async replace(path, bytes) {
      const target = join(root, path);
      await makeFolder(dirname(target));
      const file = await open(`${target}.new`, 'w');
      await file.writeFile(bytes);
      await file.datasync();
      await file.close();
      await rename(`${target}.new`, target);
      await syncFolder(dirname(target));
    },
    async truncate(path, length) {
      const file = await open(join(root, path), 'r+');
      await file.truncate(length);
      await file.datasync();
      await file.close();
    },
    remove: (path) => rm(join(root, path), { force: true, recursive: true }),
    close: () => inTurn(leave),
  };
}

function writeSome(fd: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, null, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o755 });
  if (made !== undefined) await syncFolder(dirname(made));
}

/** A new name is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const file = await open(folder, 'r');
  await file.sync();
  await file.close();
}
