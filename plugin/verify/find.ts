import { openFolder } from './folder.ts';
import { readHeader, readRecords } from './segment.ts';

/** An entry as it stands in a segment. Nothing of it has been verified. */
export interface Found {
  readonly seq: number;
  readonly text: string;
  readonly entry: { readonly [member: string]: unknown };
}

/**
 * The entries of an exchange or of a hold, or the one with a sequence number, in order. Reads every segment once;
 * entries that do not mention the id are not parsed.
 * @throws CountersignError `usage` when there is no such folder
 */
export async function findEntries(path: string, id: string): Promise<readonly Found[]> {
  const folder = openFolder(path);
  const seq = /^(0|[1-9][0-9]{0,15})$/.test(id) ? Number(id) : null;
  const mention = Buffer.from(seq === null ? JSON.stringify(id) : `"seq":${seq},`);
  const found: Found[] = [];
  for (const name of folder.names('segments').filter((name) => name.endsWith('.seg'))) {
    const segment = folder.read(`segments/${name}`);
    if (segment === null || typeof readHeader(segment) !== 'bigint') continue;
    for (const record of readRecords(segment)) {
      if ('message' in record) continue;
      for (const bytes of record.entries) {
        if (!bytes.includes(mention)) continue;
        const text = bytes.toString('utf8');
        const entry = parsed(text);
        if (entry === null || typeof entry.seq !== 'number') continue;
        if (seq === null ? entry.exchange === id || entry.hold === id : entry.seq === seq)
          found.push({ seq: entry.seq, text, entry });
      }
    }
  }
  return found;
}

function parsed(text: string): Found['entry'] | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Found['entry']) : null;
  } catch {
    return null;
  }
}
