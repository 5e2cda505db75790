import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type ErasureWhat, erase } from '../../plugin/audit/erase.ts';
import type { EntryEvent } from '../../plugin/audit/log.ts';
import { readErasures } from '../../plugin/verify/erasures.ts';
import { outcomeOf } from '../../plugin/verify/summary.ts';
import { verifyLogs } from '../../plugin/verify/verify.ts';
import { eventOf, openReal } from '../verify/real.ts';
import { decision, exchange, response } from '../verify/sample.ts';

const reader = { id: 'carol', issuer: 'https://idp.example', groups: ['auditors'], actors: [] };
const principal = (id: string) => ({ id, issuer: 'https://idp.example.org', groups: [], actors: [] });

/** Bytes of every file of the state folder. */
const filesOf = (state: string) =>
  readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => readFileSync(join(item.parentPath, item.name)));

const holding = (state: string, canary: string) => filesOf(state).filter((bytes) => bytes.includes(canary)).length;

/** Exchanges 1 (alice), 2 (bob) and 3 (alice, whose decision commits to nothing), each with a response. */
async function open(t: Test) {
  const state = mkdtempSync(join(tmpdir(), 'log-'));
  const log = await openReal(state);
  // Closed before its folder goes: it writes its last tiles when it is closed.
  t.teardown(async () => {
    await log.close();
    rmSync(state, { recursive: true });
  });
  const rows: readonly [number, string, string | null][] = [
    [1, 'alice', `canary-one${'-'.repeat(20_000)}canary-end`],
    [2, 'bob', 'canary-two'],
    [3, 'alice', null],
  ];
  for (const [number, who, query] of rows) {
    const { committed: _, ...bare } = eventOf(decision(number, { principal: principal(who) }));
    const { seq } = await log.append(query === null ? bare : { ...bare, committed: { query: Buffer.from(query) } });
    const answered = eventOf(response(number, 0, { decision: { origin: log.origin, seq } }));
    await log.append({ ...answered, committed: { content: Buffer.from(`canary-answer-${number}`) } });
  }
  const entered: EntryEvent[] = [];
  const append = (event: EntryEvent) => {
    entered.push(event);
    return log.append(event);
  };
  const ask = async (what: ErasureWhat) =>
    (await erase({ log, append }, { ...what, reason: 'case 7', reader })).entries;
  return { state, log, ask, entered };
}

t.test('an erased value is in no file of the state folder, and the log verifies', async (t) => {
  const { state, log, ask, entered } = await open(t);
  for (const canary of ['canary-one', 'canary-end', 'canary-answer-1', 'canary-two'])
    t.ok(holding(state, canary) > 0, `${canary} is there before`);
  t.equal(await ask({ what: 'exchange', exchange: exchange(1) }), 2);
  for (const canary of ['canary-one', 'canary-end', 'canary-answer-1']) t.equal(holding(state, canary), 0, canary);
  t.ok(holding(state, 'canary-two') > 0, 'what is another exchange is left');
  t.match(entered, [
    {
      kind: 'erasure',
      exchange: exchange(1),
      principal: { id: 'carol' },
      body: { what: 'exchange', subject: exchange(1), reason: 'case 7', count: 2, entries: [{ first: 1, last: 2 }] },
    },
  ]);
  t.same(await log.erasable.disclose(1), []);
  await log.close();
  t.equal(holding(state, 'canary-one'), 0, 'nor after the close');
  const { logs } = await verifyLogs([join(state, 'audit')], {
    key: [readFileSync(join(state, 'audit', 'key.pub'), 'utf8')],
  });
  t.equal(outcomeOf(logs), 'verified');
  const by = readErasures(join(state, 'audit'));
  t.same(
    [1, 2, 3, 7].map((seq) => by(seq)?.seq ?? null),
    [7, 7, null, null],
  );
});

t.test("a principal's exchanges go whole, their responses too, though those name nobody", async (t) => {
  const { log, ask, entered } = await open(t);
  t.equal(await ask({ what: 'principal', principal: 'alice', issuer: 'https://other.example' }), 0);
  t.equal(await ask({ what: 'principal', principal: 'alice' }), 3);
  t.same(await log.erasable.kept(), [3, 4]);
  t.match(entered, [
    {
      body: {
        what: 'principal',
        subject: 'alice',
        count: 3,
        entries: [
          { first: 1, last: 2 },
          { first: 6, last: 6 },
        ],
      },
    },
  ]);
});

t.test('by age, all that is older goes, and neighbours make one range', async (t) => {
  const { log, ask, entered } = await open(t);
  const { time } = await log.entry(1);
  t.equal(await ask({ what: 'before', before: time }), 0, 'what is as old is not older');
  t.same(entered, [], 'what erases nothing is not entered');
  t.equal(await ask({ what: 'before', before: Date.now() + 60_000 }), 5);
  t.match(entered, [{ body: { what: 'before', subject: /Z$/, count: 5, entries: [{ first: 1, last: 6 }] } }]);
  t.same(await log.erasable.kept(), []);
});

t.test('more ranges than an entry takes make several entries', async (t) => {
  const kept = Array.from({ length: 4_400 }, (_, at) => at);
  const entered: EntryEvent[] = [];
  const erased: number[] = [];
  async function* scan() {
    for (const seq of kept) yield { seq, exchange: seq % 2 === 0 ? 'even' : 'odd' } as never;
  }
  const erasable = {
    kept: async () => kept,
    erase: async (seqs: readonly number[]) => void erased.push(...seqs),
    disclose: async () => [],
  };
  const append = async (event: EntryEvent) => {
    t.same(erased, [], 'every entry comes first');
    entered.push(event);
    return { origin: 'o', seq: 0, digest: '' };
  };
  const asked = { what: 'exchange', exchange: 'even', reason: '', reader } as const;
  t.match(await erase({ log: { origin: 'o', scan, erasable }, append }, asked), {
    entries: 2_200,
    recordings: 0,
    holds: 0,
  });
  t.same(
    entered.map(({ body }) => (body as { count: number }).count),
    [1_000, 1_000, 200],
  );
  t.equal(erased.length, 2_200);
});

t.test('what can not be entered is not erased', async (t) => {
  const { log } = await open(t);
  const append = () => Promise.reject(new Error('the disk is gone'));
  await t.rejects(
    erase({ log, append }, { what: 'exchange', exchange: exchange(1), reason: '', reader }),
    /disk is gone/,
  );
  t.equal((await log.erasable.kept()).length, 5);
});
