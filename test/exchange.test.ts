import t from 'tap';
import { openGranted } from '../plugin/exchange/granted.ts';
import { openExchange } from '../plugin/exchange.ts';
import { openParts, patient, requestOf } from './exchange/parts.ts';

t.test('what admit sends along is all that release needs', async (t) => {
  const { parts, entries } = await openParts(t, () => ({ allowed: true, mask: [{ key: 'ssn', with: 'redact' }] }));
  const exchange = openExchange({ ...parts, granted: openGranted(parts.desk) });
  const answer = await exchange.admit(requestOf(), patient());
  t.equal(answer.kind, 'allow');
  const { release, replies } = openExchange({ ...parts, granted: openGranted(parts.desk) }).release(
    {
      head: { status: 200, headers: [{ name: 'content-type', value: Buffer.from('application/json') }] },
      endOfStream: false,
      metadata: { 'envoy.filters.http.ext_authz': answer.metadata },
      attributes: { 'response.code_details': 'via_upstream' },
    },
    t.fail,
  );
  await replies;
  const out = await release.body(Buffer.from('{"ssn":"078-05-1120"}'), true);
  t.notMatch(Buffer.concat(out.flatMap((reply) => (reply.kind === 'body' ? [reply.bytes] : []))).toString(), '078-05');
  t.match(
    entries.map(({ kind, body }) => [kind, (body as { decision?: unknown }).decision]),
    [['decision'], ['response', { seq: 0 }]],
  );
});
