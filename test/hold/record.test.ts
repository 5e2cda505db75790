import t from 'tap';
import { isIntact, keyOf, openHold, stripped } from '../../plugin/hold/record.ts';
import { opening, pendingHold, specOf } from './opening.ts';
import { agent } from './people-of.ts';

t.test('an id names what was opened: no row can be given another meaning', async (t) => {
  const hold = pendingHold();
  t.match(hold, { id: /^h_[\w-]{22}$/, state: 'pending', version: 1, expires: 1_800_000, approvals: [] });
  t.ok(isIntact(hold));
  t.ok(isIntact(JSON.parse(JSON.stringify(hold))), 'as the store gives it back');
  for (const altered of [
    { digest: 'd2'.repeat(32) },
    { asker: { ...hold.asker, id: 'other' } },
    { asker: { ...hold.asker, owner: null } },
    { spec: specOf({ approvals: [{ group: 'agents' }] }) },
    { spec: specOf({ valid_for: '720h' }) },
    { display: { method: 'GET' } },
    { justification: 'the board agreed' },
    { expires: hold.expires + 1 },
    { exchange: '01890a5d-ac96-774b-bcce-b302099a8058' },
    { rule: 'sql/select' },
    { nonce: '00'.repeat(16) },
  ])
    t.notOk(isIntact({ ...hold, ...altered }), JSON.stringify(altered));
});

t.test('nothing but what a hold is opened with is kept', async (t) => {
  const more = { ...opening(), principal: agent({ claims: { ssn: 'canary' } }), deadline: 1, httpId: 'canary' };
  t.notMatch(JSON.stringify(openHold(more, 0)), /canary|claims|deadline/);
});

t.test('a stripped hold says neither who asked what nor who decided', async (t) => {
  const hold = stripped({ ...pendingHold(), state: 'consumed', consumed: { httpId: 'canary', at: 1 } });
  t.notMatch(JSON.stringify(hold), /reporting-agent|alice|DELETE|cleaning|canary|idp\.example/);
  t.match(hold, { id: /^h_/, state: 'consumed', rule: 'sql/delete' });
});

t.test('a closed hold is still known without its texts', async (t) => {
  t.ok(isIntact({ ...pendingHold(), state: 'consumed', display: null, justification: null }));
});

t.test('a number that JSON can not keep does not alter the id', async (t) => {
  const long = JSON.parse('{"n": 12345678901234567890, "x": 1e400}');
  const hold = openHold(opening({ display: long }), 0);
  t.ok(isIntact(JSON.parse(JSON.stringify(hold))));
});

t.test('the same request of another is another hold', async (t) => {
  const key = keyOf(pendingHold());
  t.equal(keyOf(pendingHold({}, 9)), key);
  t.not(keyOf(openHold(opening({}, agent({ id: 'other' })), 0)), key);
  t.not(keyOf(pendingHold({ digest: 'd2'.repeat(32) })), key);
  t.not(pendingHold().id, pendingHold().id, 'each opening has an id of its own');
});
