import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CountersignError } from '../../errors.ts';
import { loadPolicy } from '../../policy/policy.ts';
import type { Module } from './ast.ts';
import { type Finding, inOrder } from './finding.ts';
import { inFolder, type Opa, regoFiles, writeCapabilities } from './opa.ts';
import { orderFindings } from './order.ts';
import { resultFindings } from './results.ts';
import { jsonSchema } from './schemas.ts';

/** What is checked, and with what. */
export interface CheckOptions {
  /** Folders or files of Rego: the policy and the libraries that it stands on. */
  readonly sources: readonly string[];
  /** The rule that decides, as `envoy/authz/allow`; null for a library, which decides nothing. */
  readonly path: string | null;
  readonly opa: Opa;
}

/**
 * Everything that an author should change before `serve` gets it: what opa's strict compiler says with our input's
 * schema and our built-ins, members of the result that can't be kept, expressions whose order differs in the module, and
 * last whether it loads. A line that says `# countersign:ignore CHECK`, or stands below one that does, is passed over.
 */
export async function checkPolicy(options: CheckOptions): Promise<readonly Finding[]> {
  const { sources, path, opa } = options;
  const files = (await Promise.all(sources.map(regoFiles))).flat();
  return inFolder(async (folder) => {
    const capabilities = await writeCapabilities(opa, folder);
    const compiled = await compile(opa, { sources, folder, capabilities });
    if (compiled.some(({ message }) => message.startsWith('parse error'))) return inOrder(compiled);
    const modules = await parse(
      opa,
      files.filter((file) => !file.endsWith('_test.rego')),
    );
    const findings = [
      ...compiled,
      ...(path === null ? [] : resultFindings(modules, path)),
      ...resultFindings(modules, 'envoy/authz/response'),
      ...orderFindings(modules),
    ].filter(notIgnored());
    const loads = !findings.some(({ check }) => check === 'compile' || check === 'builtin');
    if (path === null || !loads) return inOrder(findings);
    return inOrder([...findings, ...(await load(opa, { sources, path, folder, capabilities }))]);
  });
}

/** Where a check works. */
interface Bench {
  readonly sources: readonly string[];
  readonly folder: string;
  /** File of the capabilities. */
  readonly capabilities: string;
}

interface OpaErrors {
  readonly errors?: readonly {
    readonly message: string;
    readonly code: string;
    readonly location?: { readonly file: string; readonly row: number; readonly col: number };
  }[];
}

/** Strict compile: of sources and tests, by opa itself. */
async function compile(opa: Opa, { sources, folder, capabilities }: Bench): Promise<readonly Finding[]> {
  const schema = join(folder, 'input.json');
  await writeFile(schema, JSON.stringify(openSchema(jsonSchema('input', 'draft-7'))));
  const args = ['check', '--strict', '--format', 'json', '--max-errors', '200', '--capabilities', capabilities];
  const said = await opa([...args, '--schema', schema, ...sources]);
  if (said.code === 0) return [];
  const text = said.stderr.trim().startsWith('{') ? said.stderr : said.stdout;
  const { errors = [] } = parsedErrors(text);
  if (errors.length === 0)
    throw new CountersignError(
      'policy_invalid',
      `opa can not check ${sources.join(', ')}: ${`${said.stderr}${said.stdout}`.trim()}`,
    );
  return errors.map(({ message, code, location }) => ({
    file: location?.file ?? sources[0] ?? '',
    line: Math.max(1, location?.row ?? 1),
    column: location?.col ?? 1,
    ...explained(code, message),
  }));
}

function parsedErrors(text: string): OpaErrors {
  try {
    return JSON.parse(text) as OpaErrors;
  } catch {
    return {};
  }
}

/** What the response phase is asked with shares the name `input`; both are known to the compiler. */
function openSchema(input: object): object {
  const response = jsonSchema('response-input', 'draft-7') as { readonly properties: Readonly<Record<string, object>> };
  const decision = input as { readonly properties: Readonly<Record<string, object>> };
  const { response: head, request, carry } = response.properties;
  const { required: _, ...rest } = { required: [], ...input };
  // opa takes an object with known members for closed: what is in a command depends on its kind.
  const commands = { type: 'array' };
  return { ...rest, properties: { ...decision.properties, commands, response: head, request, carry } };
}

/** opa's words, and what they mean here. */
function explained(code: string, message: string): Pick<Finding, 'check' | 'message'> {
  const [line = ''] = message.split('\n');
  const builtin = /undefined function ([\w.]+)/.exec(line)?.[1];
  if (builtin !== undefined)
    return {
      check: 'builtin',
      message: `${builtin}: no such function of the policy, and no built-in that is available here`,
    };
  if (/undefined ref: input/.test(line)) {
    const known = /have: "([^"]+)"[\s\S]*?want \(one of\): \[([^\]]*)\]/.exec(message);
    const want = known?.[2] ? `; there is ${known[2].replaceAll('"', '').split(/[, ]+/).join(', ')}` : '';
    return { check: 'input', message: `${line.replace('undefined ref: ', '')} is not in the input${want}` };
  }
  return { check: 'compile', message: `${code.replace(/^rego_/, '').replaceAll('_', ' ')}: ${line}` };
}

/** The files as trees with places. */
async function parse(opa: Opa, files: readonly string[]): Promise<readonly Module[]> {
  const modules: Module[] = [];
  for (const file of files) {
    const { code, stdout, stderr } = await opa([
      'parse',
      '--format',
      'json',
      '--json-include',
      'locations,-comments',
      file,
    ]);
    if (code !== 0) throw new CountersignError('policy_invalid', `opa can not parse ${file}: ${stderr.trim()}`);
    modules.push(JSON.parse(stdout) as Module);
  }
  return modules;
}

/** An author who knows better says so in the source, where the next author sees it. */
function notIgnored(): (finding: Finding) => boolean {
  const sources = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const lines = sources.get(file) ?? readLines(file);
    sources.set(file, lines);
    return lines;
  };
  return ({ file, line, check }) =>
    ![line - 1, line - 2].some((at) => new RegExp(`# *countersign:ignore +${check}\\b`).test(linesOf(file)[at] ?? ''));
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** What passed is compiled into a bundle, and loaded as `serve` does it. */
async function load(
  opa: Opa,
  { sources, path, folder, capabilities }: Bench & { readonly path: string },
): Promise<readonly Finding[]> {
  const bundle = join(folder, 'bundle.tar.gz');
  const args = ['build', '-t', 'wasm', '-e', path, '--capabilities', capabilities, '-o', bundle];
  const { code, stderr, stdout } = await opa([...args, '--ignore', '*_test.rego', '--ignore', '*.ts', ...sources]);
  const finding = (message: string): Finding => ({
    file: sources[0] ?? '',
    line: 1,
    column: 1,
    check: 'load',
    message,
  });
  if (code !== 0) {
    const said = `${stderr}${stdout}`.trim().replace(/^error: /, '');
    const hint = said.includes('does not refer to a rule') ? ': name the rule with --path, or say --library' : '';
    return [finding(`${said}${hint}`)];
  }
  try {
    await loadPolicy({ source: bundle, path });
    return [];
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    return [finding(error.message.replaceAll(bundle, 'the bundle'))];
  }
}
