/** What a caller sent or got is in no file but the declared erasable stores, and after an erasure in none (threat 19). */
import { createHash, hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { commitmentOf } from '../../plugin/audit/commit.ts';
import type { ContentStore } from '../../plugin/audit/disclose.ts';
import { erase } from '../../plugin/audit/erase.ts';
import { type Log, openLog } from '../../plugin/audit/log.ts';
import { expire } from '../../plugin/hold/hold.ts';
import { openSqliteStore } from '../../plugin/hold/sqlite.ts';
import { decisionEvent, responseEvent } from '../../plugin/ledger.ts';
import { openRecordingDirectory } from '../../plugin/record/directory.ts';
import { openRecorder } from '../../plugin/record/recorder.ts';
import { searchEntries } from '../../plugin/verify/search.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { partsWithOpenings } from '../audit/parts.ts';
import { change, opens } from '../contract/hold-store.ts';
import { pendingHold } from '../hold/opening.ts';
import { agent } from '../hold/people-of.ts';
import { exchange } from '../verify/sample.ts';

const token = 'eyJhbGciOiJFUzI1NiJ9.canary-token-7d1f';
const [email, ssn] = ['canary.person@example.com', '078-05-1120'];
const canaries = [token, email, ssn];
const plan = 'ab'.repeat(32);

/** A canary as it may stand in a file. */
const forms = (canary: string): Buffer[] => {
  const bytes = Buffer.from(canary);
  return [
    bytes,
    Buffer.from(bytes.toString('hex')),
    // Of the three phases that base64 has, the letters that do not depend on what stands beside.
    ...[0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -4));
    }),
    createHash('sha256').update(bytes).digest(),
    Buffer.from(createHash('sha256').update(bytes).digest('hex')),
    Buffer.from(createHash('sha256').update(bytes).digest('base64url')),
  ];
};

function unzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}

/** `file: canary` for each file below a folder that has one. */
function found(folder: string, but: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && !but.test(item.name))
    .flatMap((item) => {
      const bytes = unzipped(readFileSync(join(item.parentPath, item.name)));
      return canaries
        .filter((canary) => forms(canary).some((form) => bytes.includes(form)))
        .map((canary) => `${item.name}: ${canary}`);
    });
}

async function exchangeOf(log: Log, number: number): Promise<void> {
  const body = Buffer.from(JSON.stringify({ email, ssn, token }));
  const { origin, seq } = await log.append(
    decisionEvent(
      {
        exchange: exchange(number),
        request: {
          ...{ id: '1', method: 'POST', scheme: 'https', authority: 'api.example.com', protocol: 'HTTP/1.1' },
          path: `/search?ssn=${ssn}&mail=${email}&key=${token}`,
          headers: [
            ['authorization', `Bearer ${token}`],
            ['x-person', email],
          ],
          ...{ body, extensions: {}, jwt: null, peer: '', source: '10.0.0.1:1', check: {} },
        } as never,
        principal: {
          ...{ id: 'agent', issuer: 'i', kind: 'agent', groups: [], actors: [], method: 'jwt', person: null },
          ...{ owner: null, expires: null, claims: {} },
        },
        ...{ commands: [], commandText: `SELECT 1 WHERE ssn = '${ssn}'`, rule: 'r', reason: '', bundle: '' },
        ...{ policyDigest: null, release: 'full', planDigest: plan, hold: null, labels: {} },
      } as never,
      'allow',
    ),
  );
  await log.append(
    responseEvent({
      ...{ exchange: exchange(number), status: 200, length: body.length, digest: hash('sha256', body, 'buffer') },
      ...{ outcome: 'complete', masks: [{ rule: 'pii', field: '$.ssn', count: 1 }], recording: null },
      ...{ decision: { origin, seq }, policyDigest: null, planDigest: plan, detail: null },
    } as never),
  );
}

const reader = { id: 'carol', issuer: 'i', groups: ['auditors'], actors: [] };

/** The stores beside the log, filled as the service fills them: a recording, a closed hold. */
async function fillOthers(t: Test, state: string, numbers: readonly number[]) {
  const recorder = openRecorder({
    store: openRecordingDirectory(join(state, 'recordings')),
    keyFile: join(state, 'keys', 'recordings.key'),
  });
  const holds = await openSqliteStore(join(state, 'holds.db'));
  t.teardown(() => holds.close());
  const body = Buffer.from(JSON.stringify({ email, ssn, token }));
  for (const number of numbers) {
    const request = {
      ...{ id: `${number}`, method: 'POST', scheme: 'https', authority: 'api.example.com', protocol: 'HTTP/1.1' },
      ...{
        path: `/search?ssn=${ssn}`,
        headers: [{ name: 'x-person', value: Buffer.from(email) }],
        body,
        extensions: {},
        jwt: null,
      },
      ...{ peer: '', source: '10.0.0.1:1', check: {} },
    } as never;
    await recorder.request(exchange(number), 'full', request, { session: 's', principal: agent(), rule: 'r' });
    const sink = recorder.response(exchange(number));
    sink.head({ status: 200, headers: [] } as never);
    sink.push(body);
    await sink.finish();
    const display = { method: 'POST', path: `/search?ssn=${ssn}`, commands: [{ kind: 'sql', text: token }] };
    const hold = pendingHold({
      ...{ exchange: exchange(number), digest: hash('sha256', `${number}`), display, justification: email },
      asker: agent({ id: email }),
    });
    await holds.commit(opens(hold));
    const ended = expire(hold, hold.expires);
    if ('refusal' in ended) throw new Error(ended.refusal.message);
    await holds.commit(change('expired', ended.hold, hold));
    for (const version of [1, 2]) await holds.mark(hold.id, version, { origin: 'o', seq: 0, digest: 'ab'.repeat(32) });
  }
  await recorder.close();
  const stores: readonly ContentStore[] = [
    { name: 'recordings', exchanges: () => recorder.kept(), erase: (exchanges) => recorder.erase(exchanges) },
    { name: 'holds', exchanges: () => holds.strippable(), erase: (exchanges) => holds.strip(exchanges) },
  ];
  return { recorder, stores };
}

t.test('canaries are in the declared stores alone, and after an erasure nowhere', async (t) => {
  const state = t.testdir();
  const log = await openLog(await partsWithOpenings(state));
  const { recorder, stores } = await fillOthers(t, state, [1, 2]);
  for (const number of [1, 2]) await exchangeOf(log, number);
  t.same(found(state, /^(openings|holds)\.db/), [], 'recordings are encrypted');
  t.not(found(state, /^holds/).length, 0, 'the openings have them, or this test sees nothing');
  t.not(found(state, /^openings/).length, 0, 'the holds have them, or this test sees nothing');
  t.match((await recorder.read(exchange(1))).request?.head, { path: /ssn=/ });
  const parts = { log, append: log.append, stores };
  t.same(await erase(parts, { what: 'exchange', exchange: exchange(1), reason: 'case 7', reader }), {
    ...{ entries: 2, recordings: 1, holds: 1 },
  });
  await t.rejects(recorder.read(exchange(1)), { code: 'record_unknown' });
  t.match((await recorder.read(exchange(2))).request?.head, { path: /ssn=/ }, 'another exchange is left');
  t.same(await erase(parts, { what: 'before', before: Date.now() + 60_000, reason: 'retention', reader }), {
    ...{ entries: 2, recordings: 1, holds: 1 },
  });
  t.same(found(state, /^$/), [], 'while the process runs');
  await log.close();
  t.same(found(state, /^$/), [], 'and when it has ended');
  t.same(readdirSync(join(state, 'recordings')), []);
  const said = [...searchEntries(join(state, 'audit'), {})].filter(({ entry }) => entry.kind === 'erasure');
  t.same(
    said.map(({ entry }) => [entry.store ?? 'openings', entry.exchanges ?? [], entry.count]),
    [
      ['openings', [], 2],
      ['recordings', [exchange(1)], 1],
      ['holds', [exchange(1)], 1],
      ['openings', [], 2],
      ['recordings', [exchange(2)], 1],
      ['holds', [exchange(2)], 1],
    ],
  );
  const verified = await verifyLog(join(state, 'audit'), {
    key: readFileSync(join(state, 'audit', 'key.pub'), 'utf8'),
  });
  t.same(verified.findings, []);
});

/** The commitments of the entries of a kind by field. */
function commitmentsOf(state: string, kind: string): ReadonlyMap<string, string> {
  const entries = [...searchEntries(join(state, 'audit'), {})].filter(({ entry }) => entry.kind === kind);
  return new Map(
    entries.flatMap(({ entry }) => ((entry.committed ?? []) as { k: string; c: string }[]).map(({ k, c }) => [k, c])),
  );
}

t.test('a dictionary of a million values finds no commitment, with the salt of another field neither', async (t) => {
  const state = t.testdir();
  const log = await openLog(await partsWithOpenings(state));
  await exchangeOf(log, 1);
  const [opened] = (await log.erasable.disclose(1)).filter(({ field }) => field === 'command');
  await log.close();
  if (opened === undefined) return t.fail('the command is disclosed');
  const commitments = commitmentsOf(state, 'decision');
  const query = commitments.get('query') ?? '';
  const salt = Buffer.from(opened.salt, 'base64');
  const value = `ssn=${ssn}&mail=${email}&key=${token}`;
  t.equal(commitmentOf(salt, 'command', Buffer.from(opened.value, 'base64')), commitments.get('command'));
  const all = new Set(commitments.values());
  t.equal(all.size, 3);
  // The value itself is among them: by a bare digest, and by a commitment under the salt that a reader was given.
  const hits: number[] = [];
  for (let at = 0; at < 1_000_000; at += 1) {
    const guess = at === 777_777 ? value : `ssn=${String(at).padStart(9, '0')}`;
    if (all.has(hash('sha256', guess, 'base64url'))) hits.push(at);
    if (commitmentOf(salt, 'query', Buffer.from(guess)) === query) hits.push(at);
  }
  t.same(hits, []);
});
