import { createHmac } from 'node:crypto';
import t from 'tap';
import { noticesOf, postOf, readSecret } from '../../plugin/hold/webhook.ts';
import { pendingHold } from './opening.ts';

const key = Buffer.alloc(32, 5);
const webhook = { url: 'https://x.example.com', secret: key, format: 'standard' } as const;

t.test('a post is signed as Standard Webhooks says, and carries id, rule and link only', async (t) => {
  const [notice] = noticesOf(1, () => 5)('opened', pendingHold());
  if (notice === undefined) throw new Error('no notice');
  const { headers, body } = postOf(notice, webhook, 'https://c.example.com/holds/x', 61_999);
  t.equal(headers['webhook-timestamp'], '61');
  const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.61.${body}`).digest('base64');
  t.equal(headers['webhook-signature'], `v1,${signed}`);
  t.strictSame(JSON.parse(body), {
    type: 'hold.opened',
    timestamp: '1970-01-01T00:00:00.005Z',
    data: { hold: notice.hold, rule: 'sql/delete', link: 'https://c.example.com/holds/x' },
  });
  t.notMatch(body, /DELETE|cleaning|agent/);
});

t.test('a rule can not put links or mentions into a chat (threat 21)', async (t) => {
  const hold = pendingHold({ rule: '<!channel> *x* [a](https://evil.example.com) \u202e' });
  const [notice] = noticesOf(1)('rejected', hold);
  if (notice === undefined) throw new Error('no notice');
  const { headers, body } = postOf(notice, { ...webhook, secret: null, format: 'slack' }, null, 0);
  t.notOk('webhook-signature' in headers);
  t.notMatch(body, /<!|\*x\*|\]\(|\u202e/);
});

t.test('each webhook has a notice of its own; steps that nobody needs to hear of have none', async (t) => {
  const made = noticesOf(2)('approved', pendingHold());
  t.equal(new Set(made.map(({ id }) => id)).size, 2);
  t.same(
    made.map(({ target }) => target),
    [0, 1],
  );
  t.same(noticesOf(2)('retracted', pendingHold()), []);
});

t.test('a secret is whsec_ and base64 of 24 to 64 bytes', async (t) => {
  t.same(readSecret(`whsec_${key.toString('base64')}\n`, 'x'), key);
  for (const text of ['', key.toString('base64'), 'whsec_AAAA', `whsec_${Buffer.alloc(65).toString('base64')}`])
    t.throws(() => readSecret(text, 'holds.webhooks.0.secret'), { code: 'key_invalid', message: /webhooks/ });
});
