import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { parse } from 'yaml';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { openEngine } from '../../plugin/policy/wasm.ts';

/** A case of OPA's, as its YAML files have it. */
export interface Case {
  readonly note: string;
  readonly query: string;
  readonly modules?: readonly string[];
  readonly data?: unknown;
  readonly input?: unknown;
  readonly input_term?: string;
  readonly want_result?: readonly Readonly<Record<string, unknown>>[];
  readonly want_error?: string;
  readonly want_error_code?: string;
  readonly strict_error?: boolean;
}

const run = promisify(execFile);

/** Every case below a folder. */
export async function readCases(folder: string): Promise<Case[]> {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.yaml')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => (parse(text, { maxAliasCount: -1 }) as { cases: Case[] }).cases);
}

/** Sets come as arrays in hash order. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(unordered);
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, unordered(one)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const queryPath = 'corpus_query/result';

/** The rule that a case asks for; a query of another form is made a rule that lists its bindings. */
function entrypointOf({ query, want_result }: Case): { readonly path: string; readonly module: string | null } {
  const rule = /^data\.([\w.]+) *= *x$/.exec(query)?.[1];
  if (rule !== undefined) return { path: rule.replaceAll('.', '/'), module: null };
  const bindings = Object.keys(want_result?.[0] ?? {}).map((name) => `"${name}": ${name}`);
  return { path: queryPath, module: `package corpus_query\n\nresult := [{${bindings.join(', ')}} | ${query}]\n` };
}

/** Null when the case passes, else why it does not. */
async function judge(one: Case, folder: string): Promise<string | null> {
  const { path, module } = entrypointOf(one);
  const input = readInput(one);
  if (input === undefined) return 'the input is no JSON';
  await mkdir(folder);
  for (const [i, text] of (one.modules ?? []).entries()) await writeFile(join(folder, `${i}.rego`), text);
  if (module !== null) await writeFile(join(folder, 'query.rego'), module);
  if (one.data !== undefined) await writeFile(join(folder, 'data.json'), JSON.stringify(one.data));
  const bundle = join(folder, 'bundle.tar.gz');
  try {
    await run(process.env.OPA || 'opa', ['build', '-t', 'wasm', '-e', path, '-o', bundle, folder]);
  } catch {
    return one.want_error === undefined && one.want_error_code === undefined ? 'opa does not compile it' : null;
  }
  return evaluate(one, bundle, path, input);
}

function readInput(one: Case): string | undefined {
  if (one.input_term === undefined) return JSON.stringify(one.input ?? {});
  try {
    return JSON.stringify(JSON.parse(one.input_term));
  } catch {
    return undefined;
  }
}

async function evaluate(one: Case, source: string, path: string, input: string): Promise<string | null> {
  const fails = one.want_error !== undefined || one.want_error_code !== undefined;
  try {
    const { wasm, data } = await loadBundle({ source, path });
    const engine = openEngine(wasm, data);
    const answer = JSON.parse(engine.evaluate(engine.entrypoints.get(path) ?? -1, input)) as { result: unknown }[];
    // Without strict errors a built-in's error is undefined, which a policy may go on from.
    if (fails) return answer.length === 0 || one.strict_error ? null : 'an error is expected';
    const wanted = one.want_result ?? [];
    const got = path === queryPath ? answer[0]?.result : answer.map(({ result }) => ({ x: result }));
    return isDeepStrictEqual(unordered(got), unordered(wanted)) ? null : `got ${JSON.stringify(got).slice(0, 200)}`;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const missing = /not available here: ([^;]+);/.exec(message)?.[1];
    if (missing !== undefined) return `no built-in ${missing}`;
    return fails ? null : message.slice(0, 200);
  }
}

/** Compiles and evaluates each case: the notes of those that fail, with the reason. Takes some 40 ms a case. */
export async function judgeAll(cases: readonly Case[]): Promise<Map<string, string>> {
  const root = await mkdtemp(join(tmpdir(), 'corpus-'));
  const failures = new Map<string, string>();
  const queue = cases.entries();
  const work = async (): Promise<void> => {
    for (const [i, one] of queue) {
      const folder = join(root, String(i));
      const reason = await judge(one, folder);
      if (reason !== null) failures.set(one.note, reason);
      await rm(folder, { recursive: true, force: true });
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return failures;
}
