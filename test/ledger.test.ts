import t from 'tap';
import { seal } from '../plugin/audit/entry.ts';
import type { DecisionFacts } from '../plugin/audit/event.ts';
import type { EntryEvent, Log } from '../plugin/audit/log.ts';
import { CountersignError } from '../plugin/errors.ts';
import { decisionEvent, openLedger, responseEvent } from '../plugin/ledger.ts';

const facts: DecisionFacts = {
  exchange: '0192f0c1-2f00-7000-8000-000000000000',
  request: {
    id: '1',
    method: 'POST',
    scheme: 'https',
    authority: 'db.example.com',
    path: '/sql?token=canary-query',
    protocol: 'HTTP/2',
    headers: [{ name: 'x-secret', value: Buffer.from('canary-header') }],
    body: Buffer.from('canary-body'),
    extensions: { 'countersign.route': 'sql' },
    jwt: null,
    peer: '',
    source: '127.0.0.1:1',
    check: {},
  },
  principal: {
    id: 'agent',
    issuer: 'https://idp.example.com',
    kind: 'agent',
    groups: ['agents'],
    actors: [],
    method: 'jwt',
    person: null,
    owner: null,
    expires: null,
    claims: { canary: 'canary-claim' },
  },
  commands: [{ kind: 'sql', shape: 'abc' }],
  commandText: 'SELECT canary-command',
  rule: 'sql/read',
  reason: 'reads',
  bundle: 'r1',
  policyDigest: 'a'.repeat(64),
  release: 'full',
  planDigest: 'b'.repeat(64),
  hold: null,
  labels: { team: 'blue' },
};

/** A log that keeps what it is given and fails when told to: the fault can't be made with a real one at will. */
function fakeLog() {
  const events: EntryEvent[] = [];
  const state = { broken: false };
  const log: Pick<Log, 'append'> = {
    async append(event) {
      if (state.broken) throw new CountersignError('audit_broken', 'broken');
      events.push(event);
      return { origin: 'e1.w.example.com', seq: events.length - 1, digest: '' };
    },
  };
  return { log: log as Log, events, state };
}

t.test('nothing of content is in clear', async (t) => {
  const { committed, ...clear } = decisionEvent(facts, 'allow');
  t.notMatch(JSON.stringify(clear), /canary/);
  t.match(clear.body, { verdict: 'allow', path: '/sql', method: 'POST', authority: 'db.example.com', route: 'sql' });
  t.same(Object.keys(committed ?? {}).sort(), ['body', 'command', 'query']);
  t.equal(Buffer.from(committed?.query ?? []).toString(), 'token=canary-query');
});

t.test('what has no content commits to nothing', async (t) => {
  const event = decisionEvent(
    { ...facts, request: { ...facts.request, path: '/a', body: null }, commandText: null },
    'deny',
  );
  t.equal(event.committed, undefined);
});

t.test('what is too long to show is cut and committed to whole, so that no denial stays out of the log', async (t) => {
  const path = `/${'a'.repeat(50_000)}`;
  const principal = {
    ...(facts.principal as NonNullable<typeof facts.principal>),
    groups: Array.from({ length: 500 }, () => 'g'.repeat(2_000)),
  };
  const event = decisionEvent(
    {
      ...facts,
      principal,
      request: { ...facts.request, path, method: 'M'.repeat(9_000), authority: 'h'.repeat(9_000) },
    },
    'deny',
  );
  t.equal(Buffer.from(event.committed?.path ?? []).toString(), path);
  t.doesNotThrow(() => seal(event, { origin: 'e1.w.example.com', epoch: 1, seq: 0, time: 0 }));
});

t.test('a response names its decision', async (t) => {
  const event = responseEvent({
    exchange: facts.exchange,
    status: 200,
    length: 3,
    digest: Buffer.alloc(32),
    outcome: 'complete',
    masks: [{ rule: 'pii/ssn', field: '$.ssn', count: 2 }],
    recording: null,
    decision: { origin: 'e1.w.example.com', seq: 7 },
    policyDigest: null,
    planDigest: 'b',
    detail: null,
  });
  t.match(event, { kind: 'response', body: { status: 200, outcome: 'complete', decision: { seq: 7 } } });
});

t.test('an allow never resolves without its entry', async (t) => {
  const { log, state } = fakeLog();
  state.broken = true;
  await t.rejects(openLedger(log, { failed: () => {} }).allowed(facts), { code: 'audit_broken' });
});

t.test('denials under a broken log are counted and entered as one deviation', async (t) => {
  const { log, events, state } = fakeLog();
  const failed: string[] = [];
  const ledger = openLedger(log, { failed: (code) => failed.push(code) });
  state.broken = true;
  for (let i = 0; i < 5; i++) await ledger.denied(facts, 'deny');
  await ledger.deviation('anything', 'under a broken log', null);
  t.equal(failed.length, 6);
  t.equal(events.length, 0);
  state.broken = false;
  await ledger.allowed(facts);
  t.match(
    events.find(({ kind }) => kind === 'deviation'),
    { body: { what: 'unlogged denials', count: 5, state: 'opened' } },
  );
});
