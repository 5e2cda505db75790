import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { CountersignError } from '../errors.ts';

/** The files of a log, each ticked off when it is read, so that what belongs to no log is left over. */
export interface Folder {
  readonly path: string;
  /** Bytes of the file; null when it is absent or can't be read. Ticks it off. */
  read(file: string): Promise<Buffer | null>;
  /** Bytes of the whole file, or 0. */
  sizeOf(file: string): Promise<number>;
  /** Names directly in a folder of the log, sorted. */
  names(folder: string): readonly string[];
  /** Files not yet read, sorted. */
  left(): readonly string[];
}

/** Lists a log's folder once. @throws CountersignError `usage` when there is no such folder */
export async function openFolder(path: string): Promise<Folder> {
  const files = new Set<string>();
  const byFolder = new Map<string, string[]>();
  const listed = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CountersignError('usage', `expected the folder of an audit log, cannot read ${path}: ${error.code}`);
  });
  for (const item of listed) {
    if (item.isDirectory()) continue;
    const folder = relative(path, item.parentPath).split(sep).join('/');
    files.add(folder === '' ? item.name : `${folder}/${item.name}`);
    const names = byFolder.get(folder);
    if (names === undefined) byFolder.set(folder, [item.name]);
    else names.push(item.name);
  }
  const left = new Set(files);
  return {
    path,
    async read(file) {
      left.delete(file);
      if (!files.has(file)) return null;
      return await readFile(join(path, file)).catch(() => null);
    },
    sizeOf: async (file) => (files.has(file) ? (await stat(join(path, file))).size : 0),
    names: (folder) => (byFolder.get(folder) ?? []).sort(),
    left: () => [...left].sort(),
  };
}
