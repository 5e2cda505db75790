import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const plugin = fileURLToPath(new URL('../../plugin/', import.meta.url));

t.test('the generated wire types are what their generator writes', async (t) => {
  t.doesNotThrow(() =>
    execFileSync(process.execPath, [`${plugin}envoy/wire/generate.ts`, '--check'], { stdio: 'pipe' }),
  );
});

t.test('only translate knows the wire types', async (t) => {
  for (const entry of await readdir(plugin, { recursive: true, withFileTypes: true })) {
    const path = `${entry.parentPath}/${entry.name}`;
    if (!entry.isFile() || !path.endsWith('.ts') || /envoy\/(?:translate|wire)\//.test(path)) continue;
    t.notMatch(await readFile(path, 'utf8'), /from '[^']*wire\/wire\.js'/, path);
  }
});
