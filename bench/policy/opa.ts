import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject } from '../../plugin/request.ts';

const opa = process.env.OPA || 'opa';

/** Whether there is an opa to compile with and to compare with. */
export function haveOpa(): boolean {
  return spawnSync(opa, ['version']).status === 0;
}

/**
 * Microseconds per evaluation by OPA's Go library: `opa bench` prepares the query once and evaluates it, the input being
 * parsed before. It runs for a second, on both cores where the garbage collector wants them.
 */
export async function timeOfOpa(folder: string, files: readonly string[], input: JsonObject): Promise<number> {
  const given = join(folder, 'input.json');
  await writeFile(given, JSON.stringify(input));
  const args = ['bench', '-f', 'json', '-i', given, ...files.flatMap((file) => ['-b', file])];
  const { stdout } = await promisify(execFile)(opa, [...args, 'data.envoy.authz.allow']);
  const { N: count, T: nanoseconds } = JSON.parse(stdout) as { readonly N: number; readonly T: number };
  return nanoseconds / count / 1_000;
}
