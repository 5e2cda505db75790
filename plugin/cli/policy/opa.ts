import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CountersignError } from '../../errors.ts';
import { type Capabilities, capabilitiesHere } from '../../policy/capabilities.ts';

/** What opa said. `code` is its exit status. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the team's own `opa`. */
export type Opa = (args: readonly string[]) => Promise<Said>;

/** Milliseconds and bytes: a test run of a large library takes a minute, its coverage has megabytes. */
const limits = { timeout: 300_000, maxBuffer: 256 * 1_048_576 };

/**
 * The opa to run: `--opa`, else `$OPA`, else the PATH. What it returns rejects with CountersignError `tool_missing` where
 * there is none, saying how to get it.
 */
export function openOpa(file: string | undefined): Opa {
  const opa = file ?? (process.env.OPA || 'opa');
  return (args) =>
    new Promise((resolve, reject) => {
      execFile(opa, [...args], limits, (error, stdout, stderr) => {
        const code = error === null ? 0 : (error as { code?: unknown }).code;
        if (typeof code === 'number') return resolve({ code, stdout, stderr });
        reject(
          code === 'ENOENT' || code === 'EACCES'
            ? new CountersignError(
                'tool_missing',
                `"${opa}" can not be run: install opa 1.x (https://www.openpolicyagent.org/docs/latest/#running-opa, or "go install github.com/open-policy-agent/opa@latest"), and set $OPA or --opa where it is not on the PATH`,
              )
            : new CountersignError('unavailable', `"${opa} ${args[0]}" ended early: ${error?.message ?? code}`),
        );
      });
    });
}

/** A folder that lives as long as `work`. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-policy-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** OPA's capabilities without what is not available here, as JSON text. */
export async function capabilitiesText(opa: Opa): Promise<string> {
  const { code, stdout, stderr } = await opa(['capabilities', '--current']);
  if (code !== 0) throw new CountersignError('unavailable', `opa does not tell its capabilities: ${stderr.trim()}`);
  return JSON.stringify(capabilitiesHere(JSON.parse(stdout) as Capabilities), null, 2);
}

/** Writes the capabilities into a folder: the file's name. */
export async function writeCapabilities(opa: Opa, folder: string): Promise<string> {
  const file = join(folder, 'capabilities.json');
  await writeFile(file, await capabilitiesText(opa));
  return file;
}

/**
 * The Rego files of a file or folder, as paths that begin with what was given, in order.
 * @throws CountersignError `usage` when there is none
 */
export async function regoFiles(source: string): Promise<readonly string[]> {
  const found = await stat(source).catch(() => null);
  if (found === null) throw new CountersignError('usage', `${source}: no such file or folder`);
  const files = found.isDirectory()
    ? (await readdir(source, { recursive: true }))
        .filter((name) => name.endsWith('.rego'))
        .map((name) => join(source, name))
    : [source];
  if (files.length === 0) throw new CountersignError('usage', `${source} has no .rego file`);
  return files.sort();
}
