import t from 'tap';
import { openEntryCheck } from '../../plugin/verify/entry.ts';
import { batchesOf, entryBytes, origin, start } from './sample.ts';

const heartbeat = (members: object = {}) => ({
  _type: 'https://countersign.dev/audit/entry/v1',
  kind: 'heartbeat',
  origin,
  epoch: 1,
  seq: 0,
  time: start,
  ...members,
});

const found = (...entries: readonly Buffer[]): string[] => {
  const codes: string[] = [];
  const check = openEntryCheck({ origin, epoch: 1, created: start });
  for (const entry of entries) check.read(entry, (code) => codes.push(code));
  return codes;
};

t.test('entries of every step of an exchange are good, in their order', async (t) => {
  const check = openEntryCheck({ origin, epoch: 1, created: start });
  t.equal(check.from, '');
  for (const entry of batchesOf([[{ kind: 'heartbeat' }], [{ kind: 'close' }]]).flatMap(({ entries }) => entries))
    t.ok(check.read(entry, (code, message) => t.fail(`${code}: ${message}`)));
  t.match({ ...check }, { next: 2, count: 2, from: '2025-01-02T03:04:05.000Z', to: '2025-01-02T03:04:05.001Z' });
});

t.test('what is wrong with an entry is named', async (t) => {
  for (const [entry, codes] of [
    [entryBytes(heartbeat()), []],
    [entryBytes(heartbeat({ seq: 1 })), ['entry_seq']],
    [entryBytes(heartbeat({ origin: 'e1.b' })), ['entry_origin']],
    [entryBytes(heartbeat({ epoch: 2 })), ['entry_epoch']],
    [entryBytes(heartbeat({ time: start - 1 })), ['entry_time']],
    [entryBytes(heartbeat({ time: Number.MAX_SAFE_INTEGER })), []],
    [entryBytes(heartbeat({ extra: 1 })), ['entry_schema']],
    [entryBytes(heartbeat({ kind: 'other' })), ['entry_schema']],
    [entryBytes(heartbeat({ _type: 'other' })), ['entry_schema']],
    [entryBytes(heartbeat({ seq: 0.5 })), ['entry_schema']],
    [entryBytes([]), ['entry_schema']],
    [Buffer.from('null'), ['entry_schema']],
    [Buffer.from(JSON.stringify(heartbeat())), ['entry_not_canonical']],
    [Buffer.from(`${entryBytes(heartbeat())}\n`), ['entry_not_canonical']],
    [Buffer.from(`${entryBytes(heartbeat())}`.replace('"seq":0', '"seq":0,"seq":0')), ['entry_not_canonical']],
    [Buffer.from(JSON.stringify('x'.repeat(70_000))), ['entry_schema']],
    [Buffer.alloc(0), ['entry_not_canonical']],
  ] as const)
    t.same(found(entry), codes, entry.toString().slice(0, 90));
});

t.test('time does not go back', async (t) => {
  t.same(found(entryBytes(heartbeat({ time: start + 5 })), entryBytes(heartbeat({ seq: 1, time: start + 5 }))), []);
  t.same(found(entryBytes(heartbeat({ time: start + 5 })), entryBytes(heartbeat({ seq: 1, time: start + 4 }))), [
    'entry_time',
  ]);
});
