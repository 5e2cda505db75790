import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CountersignError } from '../errors.ts';
import type { RecordingStore } from './store.ts';

/** What may become a file name. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

const suffix = '.seg';

/**
 * Recordings in a folder: `<folder>/<recording>/<part>.seg`, folders 0700 and files 0600. Durable as soon as `sync`
 * resolves: fdatasync of each part, then fsync of both folders.
 */
export function openRecordingDirectory(folder: string): RecordingStore {
  const place = (recording: string) => join(folder, checked(recording));
  return {
    create: (recording, part) => {
      const at = place(recording);
      return guarded(async () => {
        await mkdir(at, { recursive: true, mode: 0o700 });
        const file = await unless('EEXIST', open(join(at, part + suffix), 'ax', 0o600));
        if (file === null) return null;
        return {
          append: (bytes) =>
            guarded(async () => {
              // writev may write less than it was given.
              await file.appendFile(Buffer.concat(bytes));
            }),
          close: () => guarded(() => file.close()),
        };
      });
    },
    sync: (recording) => {
      const at = place(recording);
      return guarded(async () => {
        const parts = (await readdir(at)).filter((name) => name.endsWith(suffix));
        await Promise.all(parts.map((name) => synced(join(at, name))));
        await synced(at);
        await synced(folder);
      });
    },
    read: (recording, part) => {
      const file = join(place(recording), part + suffix);
      return guarded(() => unless('ENOENT', readFile(file)));
    },
    remove: (recording) => {
      const at = place(recording);
      return guarded(async () => {
        await overwritten(join(at, `head${suffix}`));
        await rm(at, { recursive: true, force: true });
        await unless('ENOENT', synced(folder));
      });
    },
    list: () =>
      guarded(async () => {
        const entries = (await unless('ENOENT', readdir(folder))) ?? [];
        return entries.filter((name) => idPattern.test(name)).sort();
      }),
  };
}

function checked(recording: string): string {
  if (idPattern.test(recording)) return recording;
  throw new CountersignError('record_unknown', 'a recording is named by the id of its exchange');
}

/** Where the disk has it: a copy of the key in freed blocks would open a copy of the content. */
async function overwritten(path: string): Promise<void> {
  const file = await unless('ENOENT', open(path, 'r+'));
  if (file === null) return;
  try {
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size), 0, size, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function unless<T>(code: string, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return null;
    throw error;
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown fault';
    throw new CountersignError(
      'record_failed',
      `the recordings folder can not be used (${code}): check space and rights`,
      {
        cause,
      },
    );
  }
}
