import type { Mark } from './anchors.ts';
import type { Folder } from './folder.ts';
import { type Checkpoint, type NoteKey, readCheckpoint } from './note.ts';
import type { FindingCode, Findings } from './report.ts';

const published: Readonly<Record<'malformed' | 'signature' | 'origin', FindingCode>> = {
  malformed: 'checkpoint_malformed',
  signature: 'checkpoint_signature',
  origin: 'checkpoint_origin',
};

const remembered: typeof published = {
  malformed: 'remembered_malformed',
  signature: 'remembered_signature',
  origin: 'remembered_fork',
};

/** The published checkpoint; null, with a finding, when there is none that holds. */
export function readPublished(folder: Folder, key: NoteKey, findings: Findings): Checkpoint | null {
  if (folder.checkpoint !== null)
    return accepted(folder.checkpoint.toString('utf8'), 'checkpoint', published, key, findings);
  findings.add('file_missing', 'checkpoint', 'a log publishes one from its first entry on');
  return null;
}

/** The checkpoint that the reader kept; null when there is none, or, with a finding, when it does not hold. */
export function readRemembered(text: string | undefined, key: NoteKey, findings: Findings): Checkpoint | null {
  return text === undefined ? null : accepted(text, 'remembered checkpoint', remembered, key, findings);
}

function accepted(
  text: string,
  where: string,
  codes: typeof published,
  key: NoteKey,
  findings: Findings,
): Checkpoint | null {
  const read = readCheckpoint(text, key);
  if (!('reason' in read)) return read;
  findings.add(codes[read.reason], where, read.message);
  return null;
}

/** Holds the two heads against the replayed tree: nothing dropped, nothing rewritten. `marks` by size. */
export function compareHeads(
  head: Checkpoint | null,
  kept: Checkpoint | null,
  size: number,
  marks: ReadonlyMap<number, Mark>,
  findings: Findings,
): void {
  if (head !== null && head.size > size)
    findings.add('checkpoint_ahead', 'checkpoint', `it covers ${head.size} batches, the segments hold ${size}`);
  if (head !== null && head.size <= size && !marks.get(head.size)?.root.equals(head.root))
    findings.add('checkpoint_root', 'checkpoint', `its root is not that of the first ${head.size} batches`);
  if (kept === null) return;
  if (kept.size > size || (head !== null && kept.size > head.size))
    findings.add(
      'remembered_rollback',
      'remembered checkpoint',
      `it covers ${kept.size} batches, the log now publishes ${head?.size ?? 0} and holds ${size}`,
    );
  if (kept.size <= size && !marks.get(kept.size)?.root.equals(kept.root))
    findings.add(
      'remembered_fork',
      'remembered checkpoint',
      `the first ${kept.size} batches are others than those that it was signed over`,
    );
}
