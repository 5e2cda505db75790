/**
 * Where a log's files are. Paths are relative, with `/`.
 *
 * Durability: what `sync` and `replace` resolved is there after a power failure. Ordering: appends to one file happen in
 * the order in which they were asked. After any rejection of `append` or `sync` nobody may trust the file's end.
 */
export interface EntryStore {
  /** Files below a folder, sorted; empty when there is none. */
  list(folder: string): Promise<readonly string[]>;
  /** Folders directly in a folder, sorted; empty when there is none. */
  folders(folder: string): Promise<readonly string[]>;
  read(path: string): Promise<Buffer>;
  /** A part of a file. */
  readAt(path: string, offset: number, length: number): Promise<Buffer>;
  /** Makes a file that must not be there, durable in its folder. */
  create(path: string, bytes: Buffer): Promise<void>;
  append(path: string, bytes: Buffer): Promise<void>;
  /** The commit point: everything appended to the file is durable. */
  sync(path: string): Promise<void>;
  /** Puts a whole file in place of another, or none, atomically and durably. */
  replace(path: string, bytes: Buffer): Promise<void>;
  truncate(path: string, length: number): Promise<void>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}
