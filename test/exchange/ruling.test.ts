import t from 'tap';
import { decide, facts, mutationsOf, rule } from '../../plugin/exchange/ruling.ts';
import type { Json } from '../../plugin/request.ts';
import { bob, openParts, requestOf } from './parts.ts';

async function ruled(t: Parameters<typeof openParts>[0], result: Json, changes: Parameters<typeof requestOf>[0] = {}) {
  const { parts } = await openParts(t, () => result);
  const policy = parts.policy();
  if (policy === null) throw new Error('no policy');
  const session = parts.sessions.asked('s', bob);
  const asked = { exchange: 'x', request: requestOf(changes), policy, principal: bob, commands: [], session };
  const decision = await decide(asked, null);
  return { asked, ruling: () => rule(parts, asked, decision) };
}

t.test('obligations are parsed by their rooms', async (t) => {
  const { ruling } = await ruled(t, { allowed: false, hold: { approvals: [{ group: 'dba' }] }, record: 'full' });
  t.match(ruling(), { hold: { anyOf: [[{ group: 'dba', count: 1 }]] }, record: 'full', plan: [] });
});

t.test('what can not be kept is refused, and names the path', async (t) => {
  for (const [result, expected] of [
    [
      { allowed: true, mask: [{ path: '$.a', with: 'nonsense' }] },
      { code: 'policy_result', message: /mask\[0\]\.with/ },
    ],
    [{ allowed: true, mask: [{ path: '$[', with: 'redact' }] }, { code: 'mask_invalid' }],
    [{ allowed: true, mask: [{ key: 'a', with: 'hash', hash_key: 'other' }] }, { code: 'mask_invalid' }],
    [
      { allowed: true, record: 'everything' },
      { code: 'policy_result', message: /record/ },
    ],
    [
      { allowed: false, hold: { approvals: [] } },
      { code: 'policy_result', message: /hold/ },
    ],
    [
      { allowed: false, hold: { aprovals: [{ group: 'dba' }] } },
      { code: 'policy_result', message: /hold/ },
    ],
  ] as const) {
    const { ruling } = await ruled(t, result as Json);
    t.throws(ruling, expected, JSON.stringify(result));
  }
});

t.test('an upgrade needs a tunnel route and a policy that says that nobody observes it', async (t) => {
  const headers = [{ name: 'upgrade', value: Buffer.from('websocket') }];
  const tunnel = { 'countersign.route': 'tunnel' };
  for (const [result, extensions, allowed] of [
    [{ allowed: true }, {}, false],
    [{ allowed: true, release: 'skip' }, {}, false],
    [{ allowed: true }, tunnel, false],
    [{ allowed: true, release: 'skip' }, tunnel, true],
    [{ allowed: false }, {}, true],
  ] as const) {
    const { ruling } = await ruled(t, result, { headers, extensions });
    if (allowed) t.ok(ruling(), JSON.stringify([result, extensions]));
    else t.throws(ruling, { code: 'policy_result' }, JSON.stringify([result, extensions]));
  }
});

t.test('what the log and the digest are told', async (t) => {
  const { asked, ruling } = await ruled(t, {
    allowed: true,
    headers: { 'x-a': '1' },
    request_headers_to_remove: ['x-b'],
    query_parameters_to_set: { q: '2' },
    query_parameters_to_remove: ['r'],
    labels: { team: 'blue' },
  });
  t.match(mutationsOf(ruling()), {
    headersToSet: [['x-a', '1']],
    headersToRemove: ['x-b'],
    queryToSet: [['q', '2']],
    queryToRemove: ['r'],
  });
  t.match(facts(asked, ruling(), null, 'full'), {
    exchange: 'x',
    release: 'full',
    labels: { team: 'blue' },
    hold: null,
  });
  t.equal(facts(asked, ruling(), null, 'skip').planDigest, null);
});
