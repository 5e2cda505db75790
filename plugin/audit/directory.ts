import { type Dirent, existsSync, fdatasync, write } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { EntryStore } from './store.ts';

const sync = promisify(fdatasync);

/** What the store has the system do to its files. */
export type DiskStep = 'open' | 'write' | 'datasync' | 'sync' | 'rename' | 'truncate' | 'remove' | 'mkdir';

/** Runs a step on a file. What it rejects with is the step's failure: a test lets any of them fail. */
export type Disk = <Result>(step: DiskStep, file: string, run: () => Promise<Result>) => Promise<Result>;

const systemDisk: Disk = (_step, _file, run) => run();

/** The `EntryStore` that is a directory. Files are 0644 for a static file server; the folder above them decides. */
export function directoryStore(root: string, disk: Disk = systemDisk): EntryStore {
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
      const file = join(root, path);
      current = { path, file: await disk('open', file, () => open(file, 'a')) };
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
      await makeFolder(disk, dirname(target));
      await writeWhole(disk, target, 'wx', bytes);
      await syncFolder(disk, dirname(target));
    },
    append: (path, bytes) =>
      inTurn(async () => {
        const fd = await descriptor(path);
        for (let at = 0; at < bytes.length; ) at += await disk('write', path, () => writeSome(fd, bytes, at));
      }),
    sync: (path) =>
      inTurn(async () => {
        const fd = await descriptor(path);
        await disk('datasync', path, () => sync(fd));
      }),
    async replace(path, bytes) {
      const target = join(root, path);
      await makeFolder(disk, dirname(target));
      await writeWhole(disk, `${target}.new`, 'w', bytes);
      await disk('rename', target, () => rename(`${target}.new`, target));
      await syncFolder(disk, dirname(target));
    },
    truncate: (path, length) =>
      opened(join(root, path), 'r+', async (file) => {
        await disk('truncate', path, () => file.truncate(length));
        await disk('datasync', path, () => file.datasync());
      }),
    remove: (path) => disk('remove', path, () => rm(join(root, path), { force: true, recursive: true })),
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
  return using(await open(path, flags), use);
}

async function using<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const writeWhole = (disk: Disk, path: string, flags: string, bytes: Buffer): Promise<void> =>
  disk('open', path, () => open(path, flags)).then((file) =>
    using(file, async () => {
      await disk('write', path, () => file.writeFile(bytes));
      await disk('datasync', path, () => file.datasync());
    }),
  );

/** Makes a folder and those above it, each durable in the one above. */
async function makeFolder(disk: Disk, folder: string): Promise<void> {
  const made = await disk('mkdir', folder, () => mkdir(folder, { recursive: true, mode: 0o755 }));
  if (made === undefined) return;
  for (let at = folder; at.length >= made.length; at = dirname(at)) await syncFolder(disk, dirname(at));
}

/** A new name is durable only when its folder is. */
const syncFolder = (disk: Disk, folder: string): Promise<void> =>
  opened(folder, 'r', (file) => disk('sync', folder, () => file.sync()));
