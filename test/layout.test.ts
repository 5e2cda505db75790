import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { breaches, importsOf, type Sources, untested } from './layout.ts';

const root = new URL('..', import.meta.url).pathname;
const homes = (
  JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { countersign: { homes: Record<string, string> } }
).countersign.homes;
const sources: Sources = new Map(
  // Views are read too: what they import is bound by the same rules.
  globSync('**/*.{ts,tsx}', { cwd: `${root}plugin` })
    .filter((file) => !file.endsWith('.d.ts'))
    .map((file) => [file, readFileSync(`${root}plugin/${file}`, 'utf8')]),
);

t.test('data goes one way, down the page', async (t) => {
  t.ok(sources.size > 20, 'the sources were found');
  t.same(breaches(sources, homes), []);
});

t.test('every file has its counterpart in test/', async (t) => {
  const tests = new Set(globSync('**/*.test.ts', { cwd: `${root}test` }));
  t.same(untested(sources, tests), []);
});

t.test('a wrong import is found', async (t) => {
  for (const [file, source, expected] of [
    ['mask/a.ts', "import { x } from '../hold/desk.ts';", 'hold stands beside mask'],
    ['errors.ts', "import { x } from './policy/policy.ts';", 'policy stands above errors'],
    ['exchange.ts', "import { x } from './ledger.ts';", 'ledger stands beside exchange'],
    ['hold/desk.ts', "export { x } from '../exchange.ts';", 'exchange stands above hold'],
    ['verify/verify.ts', "import { x } from '../audit/merkle.ts';", 'nothing else'],
    ['serve.ts', "import { x } from './transport/node.ts';", 'only adapters.ts names an adapter'],
    ['cli/serve.ts', "const x = await import('../hold/sqlite.ts');", 'only adapters.ts names an adapter'],
    ['mask/a.ts', "import { jwtVerify } from 'jose';", 'its home is identity'],
    ['mask/a.ts', "import 'left-pad';", 'names no home'],
    ['mask/a.ts', "new Worker(new URL('../hold/worker.ts', import.meta.url));", 'hold stands beside mask'],
    ['errors.ts', "import { x } from '../examples/x.ts';", 'nothing beside plugin'],
    ['attic/a.ts', "import { x } from '../errors.ts';", 'no line'],
  ] as const)
    t.match(breaches(new Map([[file, source]]), homes), [new RegExp(expected)], `${file}: ${source}`);
});

t.test('a right import is not', async (t) => {
  for (const [file, source] of [
    ['verify/verify.ts', "import { entrySchema } from '../audit/schema.ts';"],
    ['adapters.ts', "import { nodeTransport } from './transport/node.ts';"],
    ['hold/store.ts', "import { x } from './sqlite.ts';"],
    ['identity/token.ts', "import { jwtVerify } from 'jose';"],
    ['mask/a.ts', "// import { x } from '../hold/desk.ts';"],
    ['config.ts', "import { CountersignError } from './errors.ts';"],
  ] as const)
    t.same(breaches(new Map([[file, source]]), homes), [], `${file}: ${source}`);
});

t.test('a file without a test is found, one with types only needs none', async (t) => {
  t.match(untested(new Map([['mask/a.ts', 'export function f() {}']]), new Set()), [/mask\/a\.ts has no/]);
  t.same(untested(new Map([['mask/a.ts', 'export interface A {}']]), new Set()), []);
  t.same(importsOf("import type { A } from './a.ts';\nimport 'b';"), ['./a.ts', 'b']);
});
