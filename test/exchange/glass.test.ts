import t from 'tap';
import { admit } from '../../plugin/exchange/admit.ts';
import type { JsonObject } from '../../plugin/request.ts';
import { openParts, patient, requestOf } from './parts.ts';

const jwt = (over: JsonObject = {}): JsonObject => ({
  ...{ iss: 'https://idp.example.com', sub: 'alice', kind: 'human', groups: ['oncall'], email: 'alice@example.com' },
  auth_time: Math.floor(Date.now() / 1_000),
  ...over,
});
const header = [{ name: 'countersign-break-glass', value: Buffer.from('down') }];
const held = { allowed: false, hold: { approvals: [{ group: 'dba' }], wait: '0s' } };

t.test('a human of the group goes on, with the entries before the answer', async (t) => {
  const { parts, entries } = await openParts(t, () => held);
  const answer = await admit(parts, requestOf({ jwt: jwt(), headers: header }), patient());
  t.equal(answer.kind, 'allow');
  t.same(
    entries.map(({ kind, body }) => (body as { transition?: string }).transition ?? kind),
    ['opened', 'deviation', 'broke_glass', 'decision'],
  );
});

t.test('nobody else does, and a denial at the second asking stays one', async (t) => {
  const { parts } = await openParts(t, ({ approval }) => (approval === undefined ? held : { allowed: false }));
  for (const claims of [
    jwt({ kind: 'agent' }),
    jwt({ act: { sub: 'x' } }),
    jwt({ groups: [] }),
    jwt({ auth_time: 1 }),
    jwt(),
  ])
    t.match(await admit(parts, requestOf({ jwt: claims, headers: header }), patient()), {
      kind: 'deny',
      httpStatus: 403,
    });
});
