import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';

t.test('a slice of the fuzzer: npm run fuzz:h2 goes on for longer', (t) => {
  const args = ['--expose-gc', join(import.meta.dirname, 'fuzz.ts'), '3'];
  const said = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  t.match(said, /^\d{3,} connections from seed \d+: every call beside them was answered/);
  t.end();
});
