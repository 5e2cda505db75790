import t, { type Test } from 'tap';
import { admit } from '../../plugin/exchange/admit.ts';
import type { JsonObject } from '../../plugin/request.ts';
import { bob, openParts, patient, requestOf } from './parts.ts';

const hold = { approvals: [{ group: 'dba', count: 1 }], reason: 'why', wait: '30s', expires: '5m' };

/** Resolves as soon as a hold is open, with what the approver sees. */
async function opened({ parts }: Awaited<ReturnType<typeof openParts>>) {
  for (;;) {
    const [view] = await parts.desk.list(bob);
    if (view !== undefined)
      return view as unknown as { readonly id: string; readonly digest: string; readonly version: number };
    await new Promise(setImmediate);
  }
}

async function approve(open: Awaited<ReturnType<typeof openParts>>) {
  const { id, digest, version } = await opened(open);
  await open.parts.desk.approve({ id, approver: bob, shown: { digest, version }, reason: null });
}

const held = (t: Test, policy: (input: JsonObject) => JsonObject = () => ({ allowed: false, hold })) =>
  openParts(t, policy);

t.test('an approved request goes on once, under the exchange that opened the hold', async (t) => {
  const open = await held(t);
  const request = requestOf();
  const answering = admit(open.parts, request, patient());
  await approve(open);
  t.match(await answering, { kind: 'allow' });
  t.same(
    open.entries.map(
      ({ body }) =>
        (body as { transition?: string; verdict?: string }).transition ?? (body as { verdict?: string }).verdict,
    ),
    ['opened', 'approved', 'consumed', 'allow'],
  );
  t.equal(new Set(open.entries.map(({ exchange }) => exchange)).size, 1);
  t.match(
    await admit(open.parts, request, patient()),
    { kind: 'allow' },
    "Envoy's repetition of the same stream is answered the same",
  );
});

t.test('the policy is asked again, and may have changed its mind', async (t) => {
  const open = await held(t, ({ approval }) =>
    approval === undefined ? { allowed: false, hold } : { allowed: false, rule: 'no/more' },
  );
  const answering = admit(open.parts, requestOf(), patient());
  await approve(open);
  t.match(await answering, { kind: 'deny', httpStatus: 403 });
  t.notOk(open.entries.some(({ body }) => (body as { transition?: string }).transition === 'consumed'));
});

t.test('a stricter hold at the second asking is not met by what was approved', async (t) => {
  const stricter = { ...hold, approvals: [{ group: 'dba', count: 2 }] };
  const open = await held(t, ({ approval }) => ({ allowed: false, hold: approval === undefined ? hold : stricter }));
  const answering = admit(open.parts, requestOf(), patient());
  await approve(open);
  t.match(await answering, { kind: 'deny' });
});

t.test('approved X, the second answer sends Y: refused', async (t) => {
  const open = await held(t, ({ approval }) =>
    approval === undefined ? { allowed: false, hold } : { allowed: true, headers: { 'x-target': 'other' } },
  );
  const answering = admit(open.parts, requestOf(), patient());
  await approve(open);
  const answer = await answering;
  t.match(answer, { kind: 'deny' });
  t.match(JSON.stringify(answer), /another way/);
});

t.test('when the wait runs out the caller gets a ticket', async (t) => {
  const open = await held(t, () => ({ allowed: false, rule: 'r', hold: { ...hold, wait: '0s' } }));
  const answer = await admit(open.parts, requestOf(), patient());
  const problem = answer.kind === 'deny' ? (JSON.parse(answer.body) as { hold: string }) : null;
  t.match(problem, {
    state: 'pending',
    hold: /^h_/,
    console: `https://console.example.com/holds/${problem?.hold}`,
    needed: [[{ group: 'dba', count: 1 }]],
  });
  t.match(answer.kind === 'deny' && Object.fromEntries(answer.headers), { 'retry-after': '10' });
});

t.test('an identity that ended during the hold ends the request', async (t) => {
  const open = await held(t);
  const exp = Math.floor(Date.now() / 1000);
  const answering = admit(
    open.parts,
    requestOf({ jwt: { iss: 'https://idp.example.com', sub: 'agent', kind: 'agent', exp } }),
    patient(),
  );
  await approve(open);
  t.match(await answering, { kind: 'deny', httpStatus: 403 });
});

t.test('what can not be held is denied with the reason', async (t) => {
  const { parts } = await held(t, () => ({ allowed: false, hold: { ...hold, justification: 'required' } }));
  for (const [request, reason] of [
    [requestOf({ body: null }), /hold-impossible/],
    [requestOf({ jwt: null }), /hold-impossible/],
    [requestOf(), /countersign-justification/],
  ] as const) {
    const answer = await admit(parts, request, patient());
    t.match(answer, { kind: 'deny', body: reason });
  }
});
