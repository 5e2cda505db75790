import t from 'tap';
import { CountersignError } from '../../plugin/errors.ts';
import { faultResponse, readResponse } from '../../plugin/policy/respond.ts';
import type { Json } from '../../plugin/request.ts';

t.test('a boolean, or an object of what can still be done', async (t) => {
  t.match(readResponse(true), { allowed: true, fault: null, mask: undefined, record: undefined });
  t.match(readResponse(false), { allowed: false, fault: null, httpStatus: 403 });
  t.match(
    readResponse({ allowed: true, rule: 'r', reason: 'why', mask: [{ key: 'a', with: 'drop' }], record: 'full' }),
    { allowed: true, rule: 'r', reason: 'why', mask: [{ key: 'a' }], record: 'full' },
  );
  t.match(readResponse({ allowed: false, http_status: 502 }), { allowed: false, httpStatus: 502, fault: null });
});

const refused: readonly (readonly [Json | undefined, RegExp])[] = [
  [undefined, /^policy_error: .*undefined/],
  [null, /^policy_result: \$: .*null/],
  [[], /^policy_result: \$: .*array/],
  [{}, /^policy_result: \$\.allowed/],
  [{ allowed: 'true' }, /^policy_result: \$\.allowed/],
  [{ allowed: true, hold: {} }, /^policy_result: \$\.hold: .*too late/],
  [{ allowed: true, headers: {} }, /^policy_result: \$\.headers: .*too late/],
  [{ allowed: true, request_headers_to_remove: [] }, /^policy_result: \$\.request_headers_to_remove/],
  [{ allowed: true, release: 'skip' }, /^policy_result: \$\.release/],
  [{ allowed: true, carry: {} }, /^policy_result: \$\.carry/],
  [{ allowed: true, alowed: true }, /^policy_result: \$\["alowed"\]: .*unknown/],
  [{ allowed: true, rule: 7 }, /^policy_result: \$\.rule/],
  [{ allowed: false, http_status: 200 }, /^policy_result: \$\.http_status: expected 403 or 502, got another status/],
];
for (const [result, fault] of refused)
  t.test(`${JSON.stringify(result)} withholds the response and says where`, async (t) => {
    t.match(readResponse(result), { allowed: false, httpStatus: 502, fault });
  });

t.test('a fault says our own words only', async (t) => {
  t.equal(faultResponse(new TypeError('secret')).fault, 'policy_error: the evaluation failed');
  t.equal(faultResponse(new CountersignError('policy_error', 'cut off')).fault, 'policy_error: cut off');
});
