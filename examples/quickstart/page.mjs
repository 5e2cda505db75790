// Builds the console's page where it is missing or older than its sources. Plain JavaScript, so that the host's own Node
// (20 or later) runs it too; the packages must be there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './packages.mjs';

const sources = join(root, 'plugin', 'console', 'page');
const built = join(sources, 'dist');

/** Milliseconds since 1970 of the latest change to what the page is made of. */
function changed() {
  const files = readdirSync(sources, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !join(entry.parentPath, entry.name).startsWith(built),
  );
  const paths = [...files.map((entry) => join(entry.parentPath, entry.name)), join(root, 'vite.config.ts')];
  return Math.max(...paths.map((path) => statSync(path).mtimeMs));
}

/**
 * Folder of the page's static files, built once. Progress goes to standard error. Two that build at once do not see half
 * of each other's files: a finished folder takes the place of the last one.
 * @throws Error when the build fails
 */
export function ensurePage() {
  const index = join(built, 'index.html');
  if (existsSync(index) && statSync(index).mtimeMs >= changed()) return built;
  process.stderr.write('Console page: vite build (some seconds, once)\n');
  const own = mkdtempSync(join(root, 'node_modules', '.page-'));
  try {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    const env = { ...process.env, NODE_OPTIONS: '', COUNTERSIGN_PAGE_OUT: join(own, 'dist') };
    const { status } = spawnSync(process.execPath, [vite, 'build'], { cwd: root, stdio: ['ignore', 2, 2], env });
    if (status !== 0) throw new Error('vite build failed: what it printed above says why');
    rmSync(built, { recursive: true, force: true });
    try {
      renameSync(join(own, 'dist'), built);
    } catch (error) {
      // Another was faster: what it made is as new.
      if (!existsSync(index)) throw error;
    }
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return built;
}
