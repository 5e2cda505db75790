import { spawnSync } from 'node:child_process';

const cli = new URL('../../plugin/cli/main.ts', import.meta.url).pathname;

/** Runs the command line as its user would, on the Node of the tests. */
export function run(...argv: string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(process.execPath, [cli, ...argv], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
}
