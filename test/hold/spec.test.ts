import t from 'tap';
import { parseHold } from '../../plugin/hold/spec.ts';

const approvals = [{ group: 'dba', count: 2 }];

t.test('what a policy asks is read with its defaults', async (t) => {
  t.same(parseHold({ approvals: [{ group: 'dba' }] }), {
    anyOf: [[{ group: 'dba', count: 1 }]],
    reason: '',
    waitMs: Number.MAX_SAFE_INTEGER,
    expiresMs: 1_800_000,
    validForMs: 600_000,
    ignoreHeaders: [],
    justification: 'optional',
    windows: [],
    grant: null,
  });
  t.same(
    parseHold({
      any_of: [approvals, [{ group: 'board' }]],
      reason: 'DROP',
      wait: '0s',
      expires: '2h',
      valid_for: '90s',
      grant: 'once',
      ignore_headers: ['X-Nonce'],
      justification: 'required',
    }),
    {
      anyOf: [approvals, [{ group: 'board', count: 1 }]],
      reason: 'DROP',
      waitMs: 0,
      expiresMs: 7_200_000,
      validForMs: 90_000,
      ignoreHeaders: ['x-nonce'],
      justification: 'required',
      windows: [],
      grant: null,
    },
  );
});

t.test('what can not be kept is refused, and the path is named', async (t) => {
  for (const [value, message] of [
    ['yes', /^hold: /],
    [{}, /^hold: expected either approvals or any_of/],
    [{ approvals, any_of: [approvals] }, /either approvals or any_of/],
    [{ approvals: [] }, /^hold\.approvals: /],
    [{ approvals: [{ group: 'dba', count: 0 }] }, /^hold\.approvals\[0\]\.count: /],
    [{ approvals: [{ group: 'dba', count: 1.5 }] }, /^hold\.approvals\[0\]\.count: /],
    [{ approvals: [{ group: '' }] }, /^hold\.approvals\[0\]\.group: /],
    [{ approvals: [{ group: 'dba', cuont: 2 }] }, /^hold\.approvals\[0\]\.cuont: unknown key/],
    [{ approvals, expire: '1h' }, /^hold\.expire: unknown key/],
    [{ approvals, wait: 60 }, /^hold\.wait: /],
    [{ approvals, wait: '-1s' }, /^hold\.wait: expected a duration/],
    [{ approvals, wait: '1d' }, /^hold\.wait: expected a duration/],
    [{ approvals, expires: '0s' }, /^hold\.expires: expected more than 0/],
    [{ approvals, expires: '9999999h' }, /^hold\.expires: expected at most/],
    [{ approvals, grant: { uses: 3 } }, /^hold\.grant: expected "once"/],
    [{ approvals, grant: { for: '15m', uses: 0 } }, /^hold\.grant: /],
    [
      { approvals, windows: [{ from: '8:00', to: '18:00', zone: 'UTC' }] },
      /^hold\.windows\[0\]\.from: expected a time/,
    ],
    [
      { approvals, windows: [{ from: '08:00', to: '18:00', zone: '+01:00' }] },
      /^hold\.windows\[0\]\.zone: expected a zone/,
    ],
    [{ approvals, windows: [{ from: '08:00', to: '18:00', zone: 'Mars/Base' }] }, /zone: expected a zone/],
    [{ approvals, justification: 'maybe' }, /^hold\.justification: /],
  ] as const)
    t.throws(() => parseHold(value), { code: 'policy_result', message }, JSON.stringify(value));
});
