import { type Dirent, existsSync, fdatasync, write } from 'node:fs';
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
    list: (folder) => names(join(root, folder), (it) => it.isFile()),
    folders: (folder) => names(join(root, folder), (it) => it.isDirectory()),
    read: (path) => readFile(join(root, path)),
    readAt: (path, offset, length) =>
      opened(join(root, path), 'r', async (file) => {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      }),
    async create(path, bytes) {
      const target = join(root, path);
      await makeFolder(dirname(target));
      await writeWhole(target, 'wx', bytes);
      await syncFolder(dirname(target));
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
      await writeWhole(`${target}.new`, 'w', bytes);
      await rename(`${target}.new`, target);
      await syncFolder(dirname(target));
    },
    truncate: (path, length) =>
      opened(join(root, path), 'r+', async (file) => {
        await file.truncate(length);
        await file.datasync();
      }),
    remove: (path) => rm(join(root, path), { force: true, recursive: true }),
    close: () => inTurn(leave),
  };
}

async function names(folder: string, wanted: (item: Dirent) => boolean): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const found = await readdir(folder, { withFileTypes: true });
  return found
    .filter(wanted)
    .map(({ name }) => name)
    .sort();
}

function writeSome(fd: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, null, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

/** A file is closed again whatever happens to it. */
async function opened<T>(path: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const writeWhole = (path: string, flags: string, bytes: Buffer): Promise<void> =>
  opened(path, flags, async (file) => {
    await file.writeFile(bytes);
    await file.datasync();
  });

/** Makes a folder and those above it, each durable in the one above. */
async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o755 });
  if (made === undefined) return;
  for (let at = folder; at.length >= made.length; at = dirname(at)) await syncFolder(dirname(at));
}

/** A new name is durable only when its folder is. */
const syncFolder = (folder: string): Promise<void> => opened(folder, 'r', (file) => file.sync());
