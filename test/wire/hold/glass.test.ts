/** Threat 11: only a human of the group, freshly signed in, breaks the glass; it turns holds only, and is signed off. */
import t from 'tap';
import { entriesOfKind, findingsOf } from '../fixture/entries.ts';
import { ann, asPerson, bob, holdStack, json, verdict } from '../fixture/holds.ts';
import { problemOf } from '../fixture/threats.ts';

const stack = await holdStack(t, {
  configPatch(config) {
    config.setIn(['holds', 'break_glass'], { group: 'oncall', per_day: 2 });
  },
});

const header = { 'countersign-break-glass': 'the site is down' };
const fresh = () => ({ auth_time: Math.floor(Date.now() / 1_000) - 60 });
const oncall = () => ({ kind: 'human', groups: ['oncall'], ...fresh() });

async function breaks(path: string, claims: Record<string, unknown>, headers: Record<string, string> = header) {
  const token = await stack.idp.token('alice', 'api', claims);
  return stack.request({ path, token, headers, body: { act: path } });
}

for (const [name, claims, headers] of [
  ['an agent', { ...oncall(), kind: 'agent' }, header],
  ['a human through an agent', { ...oncall(), act: { sub: 'bot' } }, header],
  ['a human of another group', { ...oncall(), groups: ['dba'] }, header],
  ['a human who signed in an hour ago', { ...oncall(), auth_time: Math.floor(Date.now() / 1_000) - 3_600 }, header],
  ['a human of whom nobody knows when they signed in', { kind: 'human', groups: ['oncall'] }, header],
  ['a human whose sign-in is in the future', { ...oncall(), auth_time: Date.now() }, header],
  ['a human without a reason', oncall(), { 'countersign-break-glass': ' ' }],
] as const)
  t.test(`threat 11: ${name} does not break the glass`, async (t) => {
    const answer = await breaks('/one/glass', claims, headers);
    t.equal(answer.status, 403);
    t.match(problemOf(answer), { type: /forbidden$/, detail: /can not be broken/ });
    t.equal(stack.arrivals.length, 0);
  });

t.test('threat 11: a denial stays one', async (t) => {
  t.match(problemOf(await breaks('/none', oncall())), { rule: 'holds/none' });
  t.match(problemOf(await breaks('/noglass', oncall())), { rule: 'holds/no-glass' });
  t.equal(stack.arrivals.length, 0);
});

t.test('threat 11: a rejected request stays rejected', async (t) => {
  const claims = oncall();
  const { hold } = json<{ hold: string }>(await breaks('/one/rejected', claims, {}));
  await verdict(stack, hold, bob, 'reject');
  t.match(problemOf(await breaks('/one/rejected', claims)), { type: /hold-state$/, detail: /never a no/ });
  t.equal(stack.arrivals.length, 0);
});

t.test('a human of the group goes on, marked; the upstream sees no reason; so many times a day', async (t) => {
  t.equal((await breaks('/one/1', oncall())).status, 200);
  t.notOk(stack.arrivals.at(-1)?.rawHeaders.some((name) => /^countersign-/i.test(name)));
  t.equal((await breaks('/two/2', oncall())).status, 200, 'whatever the hold asks for');
  const third = await breaks('/one/3', oncall());
  t.equal(third.status, 429);
  t.match(problemOf(third), { detail: /2 times within a day/ });
  t.equal(stack.arrivals.length, 2);
  const steps = (await entriesOfKind(stack.log, 'hold')).filter(({ transition }) => transition === 'broke_glass');
  t.match(steps, [
    { approver: { id: 'alice' }, committed: [{ k: 'reason' }, { k: 'request' }] },
    { approver: { id: 'alice' } },
  ]);
});

t.test('it is a deviation until another person signs it off', async (t) => {
  const { deviations } = json<{ deviations: { id: string; what: string; state: string }[] }>(
    await asPerson(stack, ann, 'deviations'),
  );
  const [last, first] = deviations.filter(({ what }) => what === 'break glass');
  t.match([last, first], [{ state: 'opened' }, { state: 'opened' }]);
  const step = (who: typeof ann, act: string, body = {}) =>
    asPerson(stack, who, `deviations/${first?.id}/${act}`, body);
  t.equal((await step(bob, 'acknowledge')).status, 403, 'not of the group');
  const self = await step({ sub: 'alice', groups: ['auditors'] }, 'acknowledge');
  t.match(json(self), { status: 403, code: 'hold_self' });
  t.match(json(await step(ann, 'acknowledge')), { state: 'acknowledged', signed: { by: { id: 'ann' } } });
  t.equal((await step(ann, 'resolve')).status, 400, 'without a reason');
  t.match(json(await step(ann, 'resolve', { reason: 'incident 12' })), { state: 'resolved' });
  t.equal((await step(ann, 'resolve', { reason: 'again' })).status, 409);
  await stack.killPlugin();
  await stack.startPlugin();
  const after = json<{ deviations: { id: string; state: string }[] }>(await asPerson(stack, ann, 'deviations'));
  t.equal(after.deviations.find(({ id }) => id === first?.id)?.state, 'resolved', 'after a restart, too');
  t.equal(after.deviations.find(({ id }) => id === last?.id)?.state, 'opened');
  const entries = (await entriesOfKind(stack.log, 'deviation')).filter(({ deviation }) => deviation === first?.id);
  t.match(entries, [{ state: 'acknowledged' }, { state: 'resolved', by: { id: 'ann' } }]);
  t.notMatch(JSON.stringify(entries), /incident/);
});

t.test('the log verifies', async (t) => t.same(await findingsOf(stack.log), []));
