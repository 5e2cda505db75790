import t from 'tap';
import { openDeviations } from '../../plugin/ledger/deviations.ts';
import { memoryLog } from '../hold/log.ts';
import { agent, human } from '../hold/people-of.ts';

const ann = human('ann', ['auditors']);

function open(log = memoryLog(Date.now)) {
  const deviations = openDeviations({
    async append(event) {
      const receipt = await log.emit(event as Parameters<typeof log.emit>[0]);
      deviations.entered(event, receipt);
      return receipt;
    },
    async *history() {
      yield* [...log.entries];
    },
    group: 'auditors',
  });
  return { log, deviations };
}

async function opened(log: ReturnType<typeof memoryLog>, what = 'break glass') {
  const by = { id: 'alice', issuer: ann.issuer, person: 'alice@example.com' };
  await log.emit({ kind: 'deviation', body: { state: 'opened', what, detail: 'x', count: 1, hold: 'h_1', by } });
}

t.test('each step is an entry, in order, by another person of the group', async (t) => {
  const log = memoryLog(Date.now);
  await opened(log);
  const { deviations } = open(log);
  const heard: string[] = [];
  const [first] = await deviations.list(ann);
  deviations.watch(({ state }) => heard.push(state));
  const id = first?.id ?? '';
  t.match(first, { id: 'e1.test.example/0', state: 'opened', by: { id: 'alice' } });
  for (const [by, code] of [
    [human('bob'), 'forbidden'],
    [agent({ groups: ['auditors'] }), 'forbidden'],
    [human('alice', ['auditors']), 'hold_self'],
    [human('a2', ['auditors'], { person: 'alice@example.com' }), 'hold_self'],
    [human('x', ['auditors'], { person: null, issuer: 'other' }), 'hold_self'],
  ] as const)
    await t.rejects(deviations.acknowledge({ id, by, reason: null }), { code });
  await deviations.acknowledge({ id, by: ann, reason: null });
  await t.rejects(deviations.acknowledge({ id, by: ann, reason: null }), { code: 'hold_state' });
  await t.rejects(deviations.resolve({ id, by: ann, reason: ' ' }), { code: 'usage' });
  await t.rejects(deviations.resolve({ id: 'none/1', by: ann, reason: 'x' }), { code: 'hold_unknown' });
  t.match(await deviations.resolve({ id, by: ann, reason: 'canary' }), {
    state: 'resolved',
    signed: { by: { id: 'ann' } },
  });
  t.same(heard, ['acknowledged', 'resolved']);
  t.match(log.entries.at(-1), { state: 'resolved', deviation: id, by: { id: 'ann' } });
  t.notMatch(JSON.stringify(log.entries), /canary/);
  t.match(await open(log).deviations.list(ann), [{ id, state: 'resolved' }], 'after a restart');
});

t.test('a hole in the log is one, and so is what is entered from now on', async (t) => {
  const log = memoryLog(Date.now);
  log.entries.push({ kind: 'boot', origin: 'e1.test.example', seq: 0, time: 1, version: '1', droppedBytes: 12 });
  const { deviations } = open(log);
  await opened(log, 'policy error');
  deviations.entered(
    { kind: 'deviation', body: { state: 'opened', what: 'policy error', detail: '', count: 1 } },
    { origin: 'e1.test.example', seq: 1, digest: '' },
  );
  t.match(await deviations.list(ann), [{ what: 'policy error' }, { what: 'hole in the log', state: 'opened' }]);
  await t.rejects(deviations.list(human('bob')), { code: 'forbidden' });
});
