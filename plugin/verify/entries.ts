import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CountersignError } from '../errors.ts';
import { openBytes } from './bytes.ts';
import { readHeader, readRecords } from './segment.ts';

/** An entry as it stands in a segment. Nothing of it has been verified. */
export interface Found {
  readonly seq: number;
  readonly text: string;
  readonly entry: { readonly [member: string]: unknown };
}

/** Reads a log's entries in order, a piece of a segment in memory at a time. */
export interface EntryReader {
  /**
   * The entries that are new since the last reading came to its end. With `mentions`, entries whose bytes have none of
   * them are passed over unparsed. What is no record is passed over: a reader is no verifier.
   */
  read(mentions?: readonly string[]): Generator<Found>;
}

const headerBytes = 16;

/** Opens at the first entry. @throws CountersignError `usage` when the folder has no segments */
export function openEntries(path: string): EntryReader {
  const folder = join(path, 'segments');
  segmentsOf(folder);
  let at = { name: '', offset: headerBytes };

  function* batchesOf(name: string): Generator<readonly Buffer[]> {
    const offset = name === at.name ? at.offset : headerBytes;
    at = { name, offset };
    // Behind the header, what is read from further on stands where it would in a file of its own.
    const bytes = openBytes(join(folder, name), offset - headerBytes);
    if (bytes === null) return;
    try {
      if (offset === headerBytes && typeof readHeader(bytes) !== 'bigint') return;
      for (const record of readRecords(bytes)) {
        if ('message' in record) return;
        yield record.entries;
        at = { name, offset: offset - headerBytes + record.end };
      }
    } finally {
      bytes.close();
    }
  }

  return {
    *read(mentions) {
      const wanted = mentions?.map((mention) => Buffer.from(mention));
      for (const name of segmentsOf(folder).filter((name) => name >= at.name))
        for (const entries of batchesOf(name))
          for (const bytes of entries) {
            if (wanted !== undefined && !wanted.some((mention) => bytes.includes(mention))) continue;
            const found = parsed(bytes.toString('utf8'));
            if (found !== null) yield found;
          }
    },
  };
}

function segmentsOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.seg'))
      .sort();
  } catch (error) {
    throw new CountersignError(
      'usage',
      `expected the folder of an audit log, cannot read ${folder}: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
}

function parsed(text: string): Found | null {
  try {
    const entry: unknown = JSON.parse(text);
    if (typeof entry !== 'object' || entry === null || !('seq' in entry) || typeof entry.seq !== 'number') return null;
    return { seq: entry.seq, text, entry: entry as Found['entry'] };
  } catch {
    return null;
  }
}
