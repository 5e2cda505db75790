import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { disclose } from '../../plugin/audit/disclose.ts';
import { type EntryEvent, openLog } from '../../plugin/audit/log.ts';
import { event, partsWithOpenings } from './parts.ts';

const reader = { id: 'carol', issuer: 'https://idp.example', groups: ['auditors'], actors: [] };
const exchange = '019f0000-0000-7000-8000-000000000001';

async function open(t: Test) {
  const state = mkdtempSync(join(tmpdir(), 'log-'));
  const log = await openLog(await partsWithOpenings(state));
  // Closed before its folder goes: it writes its last tiles when it is closed.
  t.teardown(async () => {
    await log.close();
    rmSync(state, { recursive: true });
  });
  const committed = { query: Buffer.from('ssn=1'), body: Buffer.from('b') };
  const { seq } = await log.append({ ...event(1), exchange, committed });
  const entered: EntryEvent[] = [];
  const append = (one: EntryEvent) => {
    entered.push(one);
    return log.append(one);
  };
  const ask = (id: string, ...fields: string[]) => disclose({ log, append }, { id, fields, reason: 'case 7', reader });
  return { log, seq, ask, entered };
}

t.test('each opened entry has its disclosure before anything is given back', async (t) => {
  const { log, seq, ask, entered } = await open(t);
  for (const id of [String(seq), exchange]) {
    const before = log.entries;
    t.match(await ask(id, 'query'), [{ origin: log.origin, seq, disclosed: [{ field: 'query', value: 'c3NuPTE=' }] }]);
    t.match(await log.entry(before), {
      kind: 'disclosure',
      exchange,
      principal: { id: 'carol' },
      what: 'opening',
      subject: String(seq),
      reason: 'case 7',
      fields: ['query'],
    });
  }
  t.equal(entered.length, 2);
});

t.test('what can not be entered is not disclosed', async (t) => {
  const { log, seq } = await open(t);
  const append = () => Promise.reject(new Error('the disk is gone'));
  await t.rejects(
    disclose({ log, append }, { id: String(seq), fields: ['query'], reason: '', reader }),
    /disk is gone/,
  );
});

t.test('what can not be opened says why, and nothing is entered', async (t) => {
  const { log, seq, ask, entered } = await open(t);
  for (const [id, fields, message] of [
    ['0', ['query'], /commits to anything/],
    ['99', ['query'], /commits to anything/],
    ['h_none', ['query'], /commits to anything/],
    [String(seq), ['command'], /only to body, query/],
    [exchange, ['query', 'command'], /does not commit/],
  ] as const)
    await t.rejects(ask(id, ...fields), { code: 'audit_unknown', message }, id);
  await log.erasable.erase([seq]);
  await t.rejects(ask(String(seq), 'query'), { code: 'audit_unknown', message: /was erased/ });
  t.same(entered, []);
});
