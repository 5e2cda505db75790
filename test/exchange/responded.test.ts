import t from 'tap';
import { CountersignError } from '../../plugin/errors.ts';
import { responseFacts, unlisted, withheld } from '../../plugin/exchange/responded.ts';

const header = (name: string) => ({ name, value: Buffer.from('x') });

t.test("a reply of the proxy's own keeps the headers of a short list", async (t) => {
  t.same(unlisted(['content-type', 'set-cookie', 'date', 'x-a', 'x-a'].map(header)), ['set-cookie', 'x-a']);
});

t.test('what is withheld says why, and never more than our own words', async (t) => {
  const reply = withheld(new CountersignError('mask_impossible', 'not JSON'), '0192f0c1-2f00-7000-8000-000000000000');
  t.match(reply, { kind: 'refuse', status: 502, detail: 'countersign_mask_impossible', body: /not JSON/ });
  t.notMatch(JSON.stringify(withheld(new TypeError('secret'), 'x')), /secret/);
});

t.test('a response without a decision has none in its facts', async (t) => {
  const seen = {
    status: 200,
    length: 0,
    digest: Buffer.alloc(32),
    outcome: 'local' as const,
    masks: [],
    recording: null,
    detail: null,
  };
  t.match(responseFacts(null, seen), { exchange: null, decision: null, policyDigest: null, planDigest: null });
});
