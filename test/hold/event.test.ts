import t from 'tap';
import { holdEvent } from '../../plugin/hold/event.ts';
import { approve, consume, reject } from '../../plugin/hold/hold.ts';
import type { HoldRecord } from '../../plugin/hold/record.ts';
import { pendingHold } from './opening.ts';
import { human } from './people-of.ts';

const hold = pendingHold();
const verdict = { by: human('bob'), shown: { digest: hold.digest, version: 1 }, reason: 'the ticket says so' };
const of = (next: { readonly hold: HoldRecord } | object): HoldRecord => ('hold' in next ? next.hold : hold);
const texts = ({ committed }: ReturnType<typeof holdEvent>) =>
  Object.fromEntries(Object.entries(committed).map(([field, value]) => [field, Buffer.from(value).toString()]));

t.test('an entry says who did what to which hold; what people wrote is committed, not shown', async (t) => {
  const approved = of(approve(hold, verdict, 1));
  const used = of(consume(approved, { version: 2, digest: hold.digest, httpId: 's1', grantKey: null }, 2));
  const rejected = of(reject(hold, verdict, 1));
  const approver = { id: 'bob', issuer: human('bob').issuer, person: 'bob@example.com' };
  for (const [event, body, committed] of [
    [
      holdEvent('opened', hold, hold),
      { transition: 'opened', version: 1, rule: 'sql/delete', requirements: hold.spec.anyOf, expires: hold.expires },
      { justification: 'cleaning up', command: 'DELETE FROM t' },
    ],
    [
      holdEvent('approved', approved, hold),
      { transition: 'approved', version: 2, approver, group: 'dba', groups: ['dba'] },
      { reason: 'the ticket says so' },
    ],
    [
      holdEvent('rejected', rejected, hold),
      { transition: 'rejected', version: 2, approver },
      { reason: 'the ticket says so' },
    ],
    [holdEvent('consumed', used, approved), { transition: 'consumed', version: 3, stream: 's1' }, {}],
  ] as const) {
    t.strictSame(event.body, { hold: hold.id, ...body });
    t.match(event, { kind: 'hold', exchange: hold.exchange, principal: { id: 'reporting-agent' } });
    t.match(texts(event), committed);
    t.equal(Buffer.from(event.committed.request ?? []).toString('hex'), hold.digest);
    t.notMatch(JSON.stringify({ ...event, committed: {} }), /cleaning up|DELETE|ticket says/);
  }
});

t.test('a very long text is committed to in its first 16 KiB', async (t) => {
  const long = pendingHold({ justification: 'x'.repeat(100_000) });
  t.equal(holdEvent('opened', long, long).committed.justification?.length, 16_384);
});
