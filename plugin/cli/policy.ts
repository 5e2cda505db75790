import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { CountersignError } from '../errors.ts';
import { loadPolicy, type Policy } from '../policy/policy.ts';
import { exitStatus } from './exit.ts';
import { type BuildFlags, buildPolicy } from './policy/build.ts';
import { checkPolicy } from './policy/check.ts';
import { differenceLine, differences } from './policy/diff.ts';
import { explain } from './policy/explain.ts';
import { findingLine } from './policy/finding.ts';
import { readInputs } from './policy/inputs.ts';
import { capabilitiesText, openOpa } from './policy/opa.ts';
import { outcomeOf } from './policy/outcome.ts';
import { samples } from './policy/samples.ts';
import { jsonSchema, type SchemaName, schemas } from './policy/schemas.ts';
import { runTests } from './policy/tests.ts';

const defaultPath = 'envoy/authz/allow';

/** Flags that several commands share. */
interface Shared {
  readonly path: string;
  readonly opa?: string;
  readonly json?: true;
}

/** `countersign policy ...`: for authors, before and beside the service. */
export function policyCommand(): Command {
  const command = new Command('policy').description('check, test, build and try a policy');
  shared(command.command('check'))
    .description('name what an author should change, file:line: text; exit 1 when there is anything')
    .argument('<source...>', 'folders or files of Rego: the policy and the libraries that it stands on')
    .option('--library', 'it decides nothing by itself: no rule at --path is expected')
    .action(check);
  command
    .command('test')
    .description('run the tests of a policy with opa, and tell what they cover; exit 1 when one fails')
    .argument('<path...>', 'folders or files of Rego')
    .option('--threshold <percent>', 'exit 1 when the tests cover less', percentOf)
    .option('--run <pattern>', 'only tests whose name fits this regular expression')
    .option('--opa <file>', 'the opa binary; default $OPA, then the PATH')
    .option('--json', 'the result as JSON')
    .action(test);
  shared(command.command('build'), false)
    .description('compile folders into a bundle: the same sources give the same bytes')
    .argument('<source...>', 'folders of Rego: the policy and the libraries that it stands on')
    .requiredOption('-o, --output <file>', 'bundle to write, .tar.gz')
    .option('--revision <text>', 'revision to name in the manifest')
    .option('--signing-key <pem>', 'sign the bundle with this private key')
    .option('--signing-alg <name>', 'its algorithm', 'ES256')
    .action(async (sources: readonly string[], flags: BuildFlags) => print(await buildPolicy(sources, flags)));
  shared(command.command('eval'))
    .description('ask a policy about an input, as the service would')
    .argument('<source>', 'folder of Rego, or a bundle')
    .option('--sample <name>', `a built-in input: ${Object.keys(samples).join(', ')}`)
    .option('--input <file>', 'an input document, or several in .ndjson')
    .option('--explain', 'show which expressions failed (a folder of Rego only)')
    .action(evaluate);
  shared(command.command('diff'))
    .description('name the inputs that two policies answer differently; exit 1 when there are any')
    .argument('<before>', 'folder of Rego, or a bundle')
    .argument('<after>', 'the other one')
    .option('--inputs <path>', 'file or folder of input documents; the built-in samples when left out')
    .action(diff);
  command
    .command('schema')
    .description('print a JSON Schema, for editors and opa check --schema')
    .argument('[name]', Object.keys(schemas).join(', '), schemaOf, 'input')
    .action((name: SchemaName) => print(JSON.stringify(jsonSchema(name), null, 2)));
  command
    .command('sample')
    .description('print a built-in input, to begin a test with')
    .argument('[name]', Object.keys(samples).join(', '), 'get')
    .action((name: string) => print(JSON.stringify(sampleOf(name), null, 2)));
  command
    .command('capabilities')
    .description('print what opa may use here, for opa build --capabilities and editors')
    .option('--opa <file>', 'the opa binary; default $OPA, then the PATH')
    .action(async ({ opa }: { readonly opa?: string }) => print(await capabilitiesText(openOpa(opa))));
  return command;
}

function shared(command: Command, json = true): Command {
  command
    .option('--path <rule>', 'the rule that decides', defaultPath)
    .option('--opa <file>', 'the opa binary; default $OPA, then the PATH');
  return json ? command.option('--json', 'the result as JSON') : command;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function percentOf(text: string): number {
  const percent = Number(text);
  if (text.trim() === '' || !(percent >= 0 && percent <= 100)) throw new InvalidArgumentError('expected 0 to 100');
  return percent;
}

function schemaOf(name: string): SchemaName {
  if (Object.hasOwn(schemas, name)) return name as SchemaName;
  throw new InvalidArgumentError(`expected one of ${Object.keys(schemas).join(', ')}`);
}

function sampleOf(name: string) {
  const sample = Object.hasOwn(samples, name) ? samples[name] : undefined;
  if (sample !== undefined) return sample;
  throw new CountersignError('usage', `no sample ${name}: there are ${Object.keys(samples).join(', ')}`);
}

function load(source: string, { path, opa }: Shared): Promise<Policy> {
  return loadPolicy({ source, path, ...(opa === undefined ? {} : { opa }) });
}

async function check(sources: readonly string[], flags: Shared & { readonly library?: true }): Promise<void> {
  const path = flags.library ? null : flags.path;
  const findings = await checkPolicy({ sources, path, opa: openOpa(flags.opa) });
  if (flags.json) print(JSON.stringify({ findings }, null, 2));
  else if (findings.length === 0) print(`${sources.join(', ')}: nothing found`);
  else for (const one of findings) print(findingLine(one));
  if (findings.length > 0) process.exitCode = exitStatus.failed;
}

interface TestFlags {
  readonly threshold?: number;
  readonly run?: string;
  readonly opa?: string;
  readonly json?: true;
}

async function test(paths: readonly string[], { threshold = 0, run, opa, json }: TestFlags): Promise<void> {
  const result = await runTests(openOpa(opa), paths, run);
  const { passed, skipped, failed, coverage, uncovered } = result;
  const short = coverage !== null && coverage < threshold;
  if (json) print(JSON.stringify(result, null, 2));
  else {
    for (const { file, line, name, what } of failed) print(`${pc.bold(`${file}:${line}:`)} ${name}: ${pc.red(what)}`);
    for (const lines of uncovered) print(`${lines}: not covered`);
    const covered = coverage === null ? '' : `, ${coverage}% covered${short ? `, less than ${threshold}%` : ''}`;
    print(`${passed} passed, ${failed.length} failed, ${skipped} skipped${covered}`);
  }
  if (failed.length > 0 || short) process.exitCode = exitStatus.failed;
}

interface EvalFlags extends Shared {
  readonly sample?: string;
  readonly input?: string;
  readonly explain?: true;
}

async function evaluate(source: string, flags: EvalFlags): Promise<void> {
  if ((flags.sample === undefined) === (flags.input === undefined))
    throw new CountersignError('usage', 'expected one of --sample NAME and --input FILE');
  const name = flags.sample ?? '';
  const inputs = flags.input === undefined ? [{ name, input: sampleOf(name) }] : readInputs(flags.input);
  const policy = await load(source, flags);
  for (const { name, input } of inputs) {
    const outcome = outcomeOf(policy, input);
    if (flags.json) print(JSON.stringify({ input: name, ...outcome }));
    else {
      const paint = { allow: pc.green, deny: pc.red, hold: pc.yellow }[outcome.verdict];
      print(`${name}: ${paint(outcome.verdict)}`);
      print(JSON.stringify(said(outcome.decision), null, 2));
    }
    if (flags.explain) print(await explain(openOpa(flags.opa), source, flags.path, input));
  }
}

/** What the policy said, without all that it left out. */
function said(decision: Readonly<Record<string, unknown>>): object {
  const empty = (value: unknown) =>
    value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(decision).filter(([, value]) => !empty(value)));
}

interface DiffFlags extends Shared {
  readonly inputs?: string;
}

async function diff(before: string, after: string, flags: DiffFlags): Promise<void> {
  const inputs =
    flags.inputs === undefined
      ? Object.entries(samples).map(([name, input]) => ({ name, input }))
      : readInputs(flags.inputs);
  const found = differences(await load(before, flags), await load(after, flags), inputs);
  if (flags.json) print(JSON.stringify({ inputs: inputs.length, differences: found }, null, 2));
  else {
    for (const one of found) print(differenceLine(one));
    print(`${found.length} of ${inputs.length} inputs differ`);
  }
  if (found.length > 0) process.exitCode = exitStatus.failed;
}
