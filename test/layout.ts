import { basename, dirname, normalize } from 'node:path';

/** Lines of the architecture from the bottom up: what stands on a line may import what stands on a lower one. */
const lines: readonly (readonly string[])[] = [
  ['transport', 'config', 'request', 'errors', 'telemetry', 'pattern', 'descriptors', 'version'],
  ['policy', 'identity', 'command', 'hold', 'mask', 'record', 'audit'],
  ['verify'],
  ['exchange', 'ledger', 'retrospect'],
  ['envoy', 'console'],
  ['adapters'],
  ['serve'],
  ['cli'],
];

/** The ground stands on itself: its files are the only ones that may import each other on one line. */
const ground = 0;

/** Files that only `adapters.ts` and their own room may name: the implementations of the ports. */
const adapters: readonly RegExp[] = [
  /^transport\/node\.ts$/,
  /^transport\/h2\//,
  /^hold\/sqlite/,
  /^audit\/(directory|file-signer)/,
  /^record\/directory/,
];

/** What `verify/` may know of the writer. */
const verifierSees = 'audit/schema.ts';

/** Sources by path relative to `plugin/`. */
export type Sources = ReadonlyMap<string, string>;

/** Module specifiers that a source imports or exports from, dynamic imports and workers by URL included. */
export function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const patterns = [
    /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*\(?\s*['"]([^'"]+)['"]/g,
    /new URL\(\s*['"](\.[^'"]+)['"]/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map(([, specifier]) => specifier ?? ''));
}

/** Generated code and its generator are exempt. */
const generated = 'envoy/wire/';

/** Rooms by package: one, `*` for all, or a list of those that share a parser. */
export type Homes = Readonly<Record<string, string | readonly string[]>>;

/** Each breach of the import rules, in words. `homes` names the rooms of every package that the product depends on. */
export function breaches(sources: Sources, homes: Homes): string[] {
  return [...sources]
    .filter(([file]) => !file.startsWith(generated))
    .flatMap(([file, source]) => importsOf(source).flatMap((specifier) => judge(file, specifier, homes)));
}

function judge(file: string, specifier: string, homes: Homes): string[] {
  if (specifier.startsWith('node:')) return [];
  if (!specifier.startsWith('.')) return judgePackage(file, packageOf(specifier), homes);
  const target = normalize(`${dirname(file)}/${specifier}`);
  if (target === '../package.json' && file === 'version.ts') return [];
  if (target.startsWith('..')) return [`${file} imports ${target}: the product stands on nothing beside plugin/`];
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === to) return [];
  const [fromLine, toLine] = [lineOf(from), lineOf(to)];
  if (fromLine === undefined || toLine === undefined)
    return [`${file} imports ${target}: no line of the architecture has that room`];
  if (from === 'verify' && lineOf(to) === 1 && target !== verifierSees)
    return [`${file} imports ${target}: verify/ shares ${verifierSees} with the writer and nothing else`];
  if (from !== 'adapters' && adapters.some((pattern) => pattern.test(target)))
    return [`${file} imports ${target}: only adapters.ts names an adapter`];
  if (fromLine < toLine) return [`${file} imports ${target}: ${to} stands above ${from}`];
  if (fromLine === toLine && fromLine !== ground) return [`${file} imports ${target}: ${to} stands beside ${from}`];
  return [];
}

function judgePackage(file: string, name: string, homes: Homes): string[] {
  const home = homes[name];
  if (home === undefined) return [`${file} imports ${name}: package.json names no home for it`];
  if (home !== '*' && ![home].flat().includes(roomOf(file))) return [`${file} imports ${name}: its home is ${home}`];
  return [];
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** `hold/desk.ts` and `hold.ts` are both of the room `hold`. */
function roomOf(file: string): string {
  return (file.split('/')[0] ?? '').replace(/\.(ts|js)$/, '');
}

function lineOf(room: string): number | undefined {
  const line = lines.findIndex((rooms) => rooms.includes(room));
  return line < 0 ? undefined : line;
}

/**
 * Files of `plugin/` without a test of the same path. Generated code and files that hold types only have none; nor have
 * views (`.tsx`), which hold no logic of their own: `test/page/` drives them in a real browser.
 */
export function untested(sources: Sources, tests: ReadonlySet<string>): string[] {
  return [...sources]
    .filter(
      ([file, source]) =>
        !file.startsWith(generated) &&
        !file.endsWith('.tsx') &&
        !typesOnly(source) &&
        !tests.has(file.replace(/\.ts$/, '.test.ts')),
    )
    .map(([file]) => `plugin/${file} has no test/${file.replace(/\.ts$/, '.test.ts')} (${basename(file)})`);
}

function typesOnly(source: string): boolean {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return !/^(export )?(async )?(function|const|let|class)\b/m.test(code);
}
