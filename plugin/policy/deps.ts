import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Reads } from './reads.ts';

const run = promisify(execFile);

/** `opa deps` of a large policy takes a second or two. */
const timeoutMs = 60_000;

interface Step {
  readonly type: string;
  readonly value: unknown;
}

/**
 * What rules read of `input`, by `opa deps`. Null where that can't be said: a rule reads the input as a whole, or a module
 * says `with`, whose replacement values `opa deps` (1.22) does not follow.
 * @param cwd the folder of Rego
 * @param paths entrypoints, as `envoy/authz/allow`
 * @param files the folder's files by name
 */
export async function readsOf(
  opa: string,
  cwd: string,
  paths: readonly string[],
  files: ReadonlyMap<string, Buffer>,
): Promise<Reads> {
  if ([...files].some(([name, content]) => isModule(name) && saysWith(content.toString('utf8')))) return null;
  const found: (readonly string[])[] = [];
  for (const path of paths) {
    const query = `data${path
      .split('/')
      .map((part) => `[${JSON.stringify(part)}]`)
      .join('')}`;
    const args = ['deps', '-f', 'json', '--ignore', '*_test.rego', '-d', '.', query];
    const { stdout } = await run(opa, args, { cwd, timeout: timeoutMs, maxBuffer: 16 * 1_048_576 });
    const { base = [] } = JSON.parse(stdout) as { readonly base?: readonly (readonly Step[])[] };
    for (const steps of base) if (steps[0]?.value === 'input') found.push(namesOf(steps.slice(1)));
  }
  return found.some((path) => path.length === 0) ? null : outermost(found);
}

function isModule(name: string): boolean {
  return name.endsWith('.rego') && !name.endsWith('_test.rego');
}

/** Texts, raw texts and comments, as they follow each other: what is left is code. */
const noCode = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|#.*$/gm;

/** A template string (`$"..."`) may hold code, so a module that has one is taken to say it. */
function saysWith(text: string): boolean {
  return /\bwith\b|\$/.test(text.replace(noCode, ''));
}

/** The member names up to the first step that is none: an index, or whatever else. */
function namesOf(steps: readonly Step[]): readonly string[] {
  const end = steps.findIndex(({ type, value }) => type !== 'string' || typeof value !== 'string');
  return (end < 0 ? steps : steps.slice(0, end)).map(({ value }) => String(value));
}

/** Paths without those that are below another, in one order. */
function outermost(paths: readonly (readonly string[])[]): Reads {
  const texts = new Map(paths.map((path) => [JSON.stringify(path).slice(0, -1), path]));
  const kept = [...texts].filter(([, path]) =>
    path.every((_, depth) => depth === 0 || !texts.has(JSON.stringify(path.slice(0, depth)).slice(0, -1))),
  );
  return kept.map(([, path]) => path).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
