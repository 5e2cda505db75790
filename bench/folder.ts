import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A temporary folder, 0700, that is gone when this process is, however it ends (a SIGKILL excepted). A socket's path may
 * have some 100 bytes, so a long temporary folder is passed over.
 */
export function makeFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir().length <= 60 ? tmpdir() : '/tmp', 'countersign-'));
  // Processes that were told to end may still write into it.
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', remove);
  return {
    folder,
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
}
