import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import type { Context } from '../../plugin/policy/builtins/operand.ts';
import { loadPolicy, type Policy } from '../../plugin/policy/policy.ts';
import type { JsonObject, Principal, Request } from '../../plugin/request.ts';

/** Why a test that compiles Rego can't run here; false when it can. */
export const withoutOpa: string | false =
  spawnSync(process.env.OPA || 'opa', ['version']).status === 0 ? false : 'needs opa: set $OPA or the PATH';

/** Compiles one module of package `envoy.authz`. */
export function compile(t: Test, rules: string, path = 'envoy/authz/allow'): Promise<Policy> {
  return loadPolicy({ source: t.testdir({ 'policy.rego': `package envoy.authz\n\n${rules}\n` }), path });
}

/** Nobody in particular, as a policy sees them. */
export const nobody: Principal = {
  id: '',
  issuer: '',
  kind: 'workload',
  groups: [],
  actors: [],
  method: 'none',
  person: null,
  owner: null,
  expires: null,
  claims: {},
};

/** A GET of `/` without a body, but for what `change` says. Headers by name, for short. */
export function request(
  change: Partial<Omit<Request, 'headers'>> & { readonly headers?: Readonly<Record<string, string>> } = {},
): Request {
  const headers = Object.entries(change.headers ?? {}).map(([name, value]) => ({ name, value: Buffer.from(value) }));
  const plain = { id: '1', method: 'GET', scheme: 'http', authority: 'a', path: '/', protocol: 'HTTP/1.1' };
  const rest = { body: Buffer.alloc(0), extensions: {}, jwt: null, peer: '', source: '', check: { attributes: {} } };
  return { ...plain, ...rest, ...change, headers };
}

/** What a built-in gets that asks nothing of its evaluation. */
export const context: Context = { now: 0n, rego: () => '', charge: () => {}, once: (_, make) => make() };

const run = promisify(execFile);

/** Each expression evaluated by opa itself and here: equal values, or undefined in both. */
export async function agreesWithOpa(t: Test, expressions: readonly string[], input: JsonObject = {}): Promise<void> {
  const rules = expressions.map((expression, i) => `r["${i}"] := x if x := ${expression}`).join('\n\n');
  const policy = await compile(t, `${rules}\n\nallow := {"allowed": true, "labels": r}`);
  const { labels, fault } = policy.decide(input);
  t.equal(fault, null);
  const ours = JSON.parse(JSON.stringify(labels)) as JsonObject;
  const folder = t.testdirName;
  await writeFile(join(folder, 'input.json'), JSON.stringify(input));
  const args = ['eval', '-d', 'policy.rego', '-i', 'input.json', '--format', 'raw', 'data.envoy.authz.r'];
  const { stdout } = await run(process.env.OPA || 'opa', args, { cwd: folder });
  const theirs = JSON.parse(stdout) as JsonObject;
  for (const [i, expression] of expressions.entries()) t.strictSame(ours[i], theirs[i], expression);
}
