import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { CountersignError } from '../errors.ts';
import { type FileBytes, largestFile, openBytes } from './bytes.ts';

/** The files of a log, each ticked off when it is read, so that what belongs to no log is left over. */
export interface Folder {
  readonly path: string;
  /** Bytes of the file; null when it is absent or can't be read. Ticks it off. */
  read(file: string): Buffer | null;
  /** A large file, read a piece at a time; null as `read`. Whoever opens it closes it. Ticks it off. */
  open(file: string): FileBytes | null;
  /** Bytes of `checkpoint` as it was before the files were listed: all that it covers was there by then. */
  readonly checkpoint: Buffer | null;
  /** Bytes of the whole file, or 0. */
  sizeOf(file: string): number;
  /** Names directly in a folder of the log, sorted. */
  names(folder: string): readonly string[];
  /** Files not yet read, sorted. */
  left(): readonly string[];
}

/**
 * Lists a log's folder once. Reads block: a log is many small files, and a verification is bound by its signatures.
 * @throws CountersignError `usage` when there is no such folder
 */
export function openFolder(path: string): Folder {
  const checkpoint = contents(join(path, 'checkpoint'));
  const files = new Set<string>();
  const byFolder = new Map<string, string[]>();
  for (const item of list(path)) {
    if (item.isDirectory()) continue;
    const folder = relative(path, item.parentPath).split(sep).join('/');
    files.add(folder === '' ? item.name : `${folder}/${item.name}`);
    const names = byFolder.get(folder);
    if (names === undefined) byFolder.set(folder, [item.name]);
    else names.push(item.name);
  }
  const left = new Set(files);
  left.delete('checkpoint');
  return {
    path,
    checkpoint,
    read(file) {
      left.delete(file);
      return files.has(file) ? contents(join(path, file)) : null;
    },
    open(file) {
      left.delete(file);
      return files.has(file) ? openBytes(join(path, file)) : null;
    },
    sizeOf: (file) => (files.has(file) ? (statSync(join(path, file), { throwIfNoEntry: false })?.size ?? 0) : 0),
    names: (folder) => (byFolder.get(folder) ?? []).sort(),
    left: () => [...left].sort(),
  };
}

function contents(file: string): Buffer | null {
  try {
    const stat = statSync(file);
    return stat.isFile() && stat.size <= largestFile ? readFileSync(file) : null;
  } catch {
    return null;
  }
}

function list(path: string): Dirent[] {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true });
  } catch (error) {
    throw new CountersignError(
      'usage',
      `expected the folder of an audit log, cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
}
