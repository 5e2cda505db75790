import { spawnSync } from 'node:child_process';
import type { Test } from 'tap';
import { loadPolicy, type Policy } from '../../plugin/policy/policy.ts';
import type { Principal, Request } from '../../plugin/request.ts';

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
