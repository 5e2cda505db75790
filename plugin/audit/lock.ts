import { DatabaseSync } from 'node:sqlite';
import { CountersignError } from '../errors.ts';

/**
 * Takes a folder for this process: an exclusive transaction on a database file, which the system ends with the process,
 * however that ends. The returned function lets go; calling it again does nothing.
 * @throws CountersignError `audit_locked` when another process has it
 */
export function lockFolder(file: string): () => void {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw cause;
    throw new CountersignError(
      'audit_locked',
      `another process writes this log (${file} is locked): stop it, or give this one a state folder of its own`,
      { cause },
    );
  }
  return () => {
    if (database.isOpen) database.close();
  };
}

/** SQLITE_BUSY, https://sqlite.org/rescode.html */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}
