import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCheck, writeCheckResponse } from '../../../plugin/envoy/translate.ts';
import { admit } from '../../../plugin/exchange/admit.ts';
import { unreadable } from '../../../plugin/exchange/conclude.ts';
import type { AdmitParts } from '../../../plugin/exchange/ruling.ts';
import { noBearer } from '../../../plugin/identity/bearer.ts';
import { parseJson } from '../../../plugin/policy/json.ts';
import { loadPolicy } from '../../../plugin/policy/policy.ts';
import { openCounters } from '../../../plugin/record/counters.ts';
import type { Json } from '../../../plugin/request.ts';
import { openTelemetry } from '../../../plugin/telemetry.ts';
import { type CheckResponse, checkBytes, type OpaEnvoy, readAnswer, startOpaEnvoy } from '../opa-envoy.ts';
import { rego } from './forms.ts';

/** What Envoy would make of an answer, member by member; `error` is a call that ended with one. */
export interface Outcome {
  readonly verdict: 'allow' | 'deny' | 'error';
  readonly status: number;
  readonly body: string;
  readonly headers: readonly string[];
  readonly remove: readonly string[];
  readonly add: readonly string[];
  readonly set: readonly string[];
  readonly drop: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The input that the policy showed, its numbers as they were spelled; null when it showed none. */
  readonly input: Readonly<Record<string, Json>> | null;
}

/** Both services on the same policy. */
export interface Pair {
  ours(check: object): Promise<Outcome>;
  theirs(check: object): Promise<Outcome>;
  close(): Promise<void>;
}

/** Starts the plugin of `$OPA_ENVOY`, and our own admit on everything but Envoy and a log. */
export async function openPair(): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'differential-'));
  await writeFile(join(folder, 'policy.rego'), rego);
  const plugin = await startOpaEnvoy(folder);
  const policy = await loadPolicy({ source: folder, path: 'envoy/authz/allow' });
  const place = { origin: 'e1.w.example.com', seq: 1, digest: '' };
  const parts = {
    identity: { issuers: [] },
    bearer: noBearer,
    commands: { understand: async () => [], close: async () => {} },
    policy: () => policy,
    desk: {},
    ledger: { allowed: async () => place, denied: async () => {}, deviation: async () => {} },
    recorder: { request: async () => {} },
    sessions: openCounters({ sessions: 10, principals: 10, idle: 60_000, window: 60_000 }),
    keys: {},
    telemetry: openTelemetry('silent'),
    settings: { wait: 0, console: null, recordDefault: 'none', sessionHeaders: [] },
  } as unknown as AdmitParts;
  const patience = { deadline: null, signal: new AbortController().signal };
  return {
    async ours(check) {
      const answer = await Promise.resolve()
        .then(() => readCheck(checkBytes(check)))
        .then((request) => admit(parts, request, patience))
        .catch((error: unknown) => unreadable(parts, error));
      return outcomeOf(readAnswer(writeCheckResponse(answer)));
    },
    theirs: (check) => asked(plugin, check),
    async close() {
      await plugin.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function asked(plugin: OpaEnvoy, check: object): Promise<Outcome> {
  const answer = await plugin.check(check).catch(() => null);
  return answer === null ? { ...outcomeOf({ status: { code: 0 } }), verdict: 'error' } : outcomeOf(answer);
}

const line = ({ header }: { readonly header: { readonly key: string; readonly value: string } }) =>
  `${header.key}: ${header.value}`;

function outcomeOf({
  status,
  ok_response: ok,
  denied_response: denied,
  dynamic_metadata: metadata,
}: CheckResponse): Outcome {
  const allowed = status.code === 0;
  const headers = ((allowed ? ok : denied)?.headers ?? []).map(line).sort();
  const shown = headers.find((one) => one.startsWith('x-input: '));
  return {
    verdict: allowed ? 'allow' : 'deny',
    status: allowed ? 200 : denied?.status?.code || 403,
    body: (allowed ? '' : denied?.body) ?? '',
    headers: headers.filter((one) => one !== shown),
    remove: allowed ? (ok?.headers_to_remove ?? []) : [],
    add: (ok?.response_headers_to_add ?? []).map(line).sort(),
    set: (ok?.query_parameters_to_set ?? []).map(({ key, value }) => `${key}=${value}`).sort(),
    drop: ok?.query_parameters_to_remove ?? [],
    metadata: metadata?.fields ?? {},
    input: shown === undefined ? null : (parseJson(shown.slice(9)) as Readonly<Record<string, Json>>),
  };
}
