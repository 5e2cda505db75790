import { CountersignError } from '../../errors.ts';
import type { Opa } from './opa.ts';

/** What a run of the policy's own tests came to. */
export interface TestRun {
  readonly passed: number;
  readonly skipped: number;
  /** `file:line: name: what`, for each that did not pass. */
  readonly failed: readonly {
    readonly file: string;
    readonly line: number;
    readonly name: string;
    readonly what: string;
  }[];
  /** Percent of lines that a test went through; null when a test failed. */
  readonly coverage: number | null;
  /** Lines that none did: `file:first-last`. */
  readonly uncovered: readonly string[];
}

interface Result {
  readonly location?: { readonly file: string; readonly row: number };
  readonly package: string;
  readonly name: string;
  readonly fail?: boolean;
  readonly skip?: boolean;
  readonly error?: { readonly message?: string };
}

interface Coverage {
  readonly coverage?: number;
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly not_covered?: readonly {
          readonly start: { readonly row: number };
          readonly end: { readonly row: number };
        }[];
      }
    >
  >;
}

/**
 * Runs `opa test`, and once more for the coverage when all passed; `paths` are files or folders, `only` a regular
 * expression of names.
 * @throws CountersignError `policy_invalid` with what opa says when the policy does not compile, or there is no test
 */
export async function runTests(opa: Opa, paths: readonly string[], only?: string): Promise<TestRun> {
  const args = ['test', ...(only === undefined ? [] : ['--run', only]), ...paths];
  const said = await opa([...args, '--format', 'json']);
  const results = parsed<readonly Result[]>(said.stdout);
  if (!Array.isArray(results)) throw new CountersignError('policy_invalid', told(said.stderr || said.stdout));
  if (results.length === 0)
    throw new CountersignError('policy_invalid', `${paths.join(', ')}: no test; name rules test_... in *_test.rego`);
  const failed = results
    .filter((one: Result) => one.fail || one.error !== undefined)
    .map(({ location, package: folder, name, error }: Result) => ({
      file: location?.file ?? '',
      line: location?.row ?? 1,
      name: `${folder}.${name}`,
      what: error?.message ?? 'failed',
    }));
  const skipped = results.filter(({ skip }: Result) => skip).length;
  const passed = results.length - failed.length - skipped;
  if (failed.length > 0) return { passed, skipped, failed, coverage: null, uncovered: [] };
  const { coverage = 0, files = {} } =
    parsed<Coverage>((await opa([...args, '--coverage', '--format', 'json'])).stdout) ?? {};
  const uncovered = Object.entries(files).flatMap(([file, { not_covered: lines = [] }]) =>
    lines.map(({ start, end }) => `${file}:${start.row}${end.row > start.row ? `-${end.row}` : ''}`),
  );
  return { passed, skipped, failed, coverage, uncovered };
}

function parsed<Value>(text: string): Value | null {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return null;
  }
}

function told(text: string): string {
  const errors = parsed<{ readonly errors?: readonly { readonly message: string }[] }>(text)?.errors;
  return errors === undefined ? text.trim() : errors.map(({ message }) => message).join('\n');
}
