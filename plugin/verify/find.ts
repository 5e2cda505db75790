import { type Found, openEntries } from './entries.ts';

export type { Found } from './entries.ts';

/**
 * The entries of an exchange or of a hold, or the one with a sequence number, in order. Reads every segment once;
 * entries that do not mention the id are not parsed.
 * @throws CountersignError `usage` when there is no such folder
 */
export async function findEntries(path: string, id: string): Promise<readonly Found[]> {
  const seq = /^(0|[1-9][0-9]{0,15})$/.test(id) ? Number(id) : null;
  const found: Found[] = [];
  for (const one of openEntries(path).read([seq === null ? JSON.stringify(id) : `"seq":${seq},`]))
    if (seq === null ? one.entry.exchange === id || one.entry.hold === id : one.seq === seq) found.push(one);
  return found;
}
