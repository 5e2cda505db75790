import type { Findings } from './report.ts';

/** Folders in which a file that belongs to no part of the log is a finding: a reader would take it for one. */
const guarded: readonly {
  readonly folder: string;
  readonly code: 'tile_beyond' | 'file_foreign';
  readonly message: string;
}[] = [
  {
    folder: 'tile/',
    code: 'tile_beyond',
    message: 'a tile of batches that the segments do not hold, or no tile at all',
  },
  { folder: 'segments/', code: 'file_foreign', message: 'not the name of a segment: sixteen digits and .seg' },
  { folder: 'anchors/', code: 'file_foreign', message: 'not the name of an anchor: a size, and what anchors it' },
];

/** Judges the files that nothing read. `.new` is what a crash leaves of a file that was to take another's place. Gives the names of the rest: foreign files. */
export function leftovers(files: readonly string[], findings: Findings): readonly string[] {
  const foreign: string[] = [];
  for (const file of files) {
    const guard = guarded.find(({ folder }) => file.startsWith(folder));
    if (file.endsWith('.new')) foreign.push(file);
    else if (guard !== undefined) findings.add(guard.code, file, guard.message);
    else foreign.push(file);
  }
  return foreign;
}
