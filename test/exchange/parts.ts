import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { EntryEvent, Log } from '../../plugin/audit/log.ts';
import { openCommands } from '../../plugin/command/open.ts';
import { CountersignError } from '../../plugin/errors.ts';
import type { AdmitParts } from '../../plugin/exchange/ruling.ts';
import { openDesk } from '../../plugin/hold/desk.ts';
import { openSqliteStore } from '../../plugin/hold/sqlite.ts';
import { noBearer } from '../../plugin/identity/bearer.ts';
import { openLedger } from '../../plugin/ledger.ts';
import { readDecision } from '../../plugin/policy/decision.ts';
import { openCounters } from '../../plugin/record/counters.ts';
import { openRecordingDirectory } from '../../plugin/record/directory.ts';
import { openRecorder } from '../../plugin/record/recorder.ts';
import type { Json, JsonObject, Principal, Request } from '../../plugin/request.ts';
import { openTelemetry } from '../../plugin/telemetry.ts';

const issuer = 'https://idp.example.com';

/** A request of the agent, with what a test changes. */
export function requestOf(changes: Partial<Request> = {}): Request {
  const http = { method: 'POST', path: '/things?x=1', headers: {}, host: 'api.example.com' };
  return {
    id: randomBytes(8).readBigUInt64BE().toString(),
    method: 'POST',
    scheme: 'https',
    authority: 'api.example.com',
    path: '/things?x=1',
    protocol: 'HTTP/1.1',
    headers: [{ name: 'content-type', value: Buffer.from('text/plain') }],
    body: Buffer.from('payload'),
    extensions: { 'countersign.trailers': 'removed' },
    jwt: { iss: issuer, sub: 'agent', kind: 'agent', groups: ['agents'], owner: 'alice@example.com' },
    peer: '',
    source: '127.0.0.1:1',
    check: { attributes: { request: { http } } },
    ...changes,
  };
}

/** A human who may approve. */
export const bob: Principal = {
  id: 'bob',
  issuer,
  kind: 'human',
  groups: ['dba'],
  actors: [],
  method: 'jwt',
  person: 'bob@example.com',
  owner: null,
  expires: null,
  claims: {},
};

/**
 * The parts of admit on real stores in a folder of the test's own. The policy is a function of the input, and the log
 * one that can be broken at will.
 */
export async function openParts(t: Test, policy: (input: JsonObject) => Json | undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'exchange-'));
  const entries: (EntryEvent & { readonly time: number })[] = [];
  const state = { broken: false };
  const log: Pick<Log, 'append'> = {
    async append(event) {
      if (state.broken) throw new CountersignError('audit_broken', 'no log');
      entries.push({ ...event, time: Date.now() });
      return { origin: 'e1.w.example.com', seq: entries.length - 1, digest: '' };
    },
  };
  const telemetry = openTelemetry('silent');
  const ledger = openLedger(log as Log, telemetry);
  const desk = await openDesk({
    store: await openSqliteStore(join(folder, 'holds.db')),
    emit: ledger.append,
    async evidence(seq) {
      const entry = entries[seq];
      if (entry === undefined) throw new CountersignError('audit_unknown', 'none');
      return { kind: entry.kind, seq, time: entry.time, origin: 'e1.w.example.com', ...entry.body };
    },
    limits: { pending: 10, pendingPerPrincipal: 5 },
    key: Buffer.alloc(32, 7),
  });
  const commands = openCommands({});
  const recorder = openRecorder({
    store: openRecordingDirectory(join(folder, 'recordings')),
    keyFile: join(folder, 'kek'),
  });
  const decide = (input: Json) => readDecision(policy(input as JsonObject));
  const parts: AdmitParts = {
    identity: { issuers: [{ issuer, person: 'email', groups: 'groups', kind: 'kind' }] } as AdmitParts['identity'],
    bearer: noBearer,
    commands,
    policy: () => ({ digest: 'a'.repeat(64), revision: 'r1', decide, serial: null, respond: null }),
    desk,
    ledger,
    recorder,
    sessions: openCounters({ sessions: 100, principals: 100, idle: 60_000, window: 60_000 }),
    keys: { default: Buffer.alloc(32, 1) },
    telemetry,
    settings: {
      wait: 60_000,
      console: 'https://console.example.com/',
      glass: { group: 'oncall', maxAge: 900_000 },
      recordDefault: 'none',
      sessionHeaders: ['x-session-id'],
    },
  };
  t.teardown(async () => {
    await desk.close();
    await commands.close();
    await recorder.close();
    rmSync(folder, { recursive: true });
  });
  return { parts, entries, state };
}

/** Somebody who waits for a minute and does not leave. */
export const patient = () => ({ deadline: Date.now() + 60_000, signal: new AbortController().signal });
