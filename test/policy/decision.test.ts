import fc from 'fast-check';
import t from 'tap';
import { CountersignError } from '../../plugin/errors.ts';
import { faultDecision, readDecision } from '../../plugin/policy/decision.ts';
import type { Json } from '../../plugin/request.ts';

t.test('a boolean is the whole decision', async (t) => {
  t.match(readDecision(true), { allowed: true, fault: null, headers: [], release: 'full', dynamicMetadata: {} });
  t.match(readDecision(false), { allowed: false, fault: null });
});

t.test('an object with everything is read member by member', async (t) => {
  const decision = readDecision({
    allowed: false,
    headers: { 'x-a': ['1', '2'] },
    body: 'no',
    http_status: 429,
    request_headers_to_remove: ['x-b'],
    response_headers_to_add: [{ 'x-c': '3' }],
    query_parameters_to_set: { d: '4', e: ['5', '6'] },
    query_parameters_to_remove: ['f'],
    dynamic_metadata: { g: { h: 7 } },
    hold: { any: 'thing' },
    mask: [{ key: 'ssn' }],
    record: 'full',
    reason: 'why',
    rule: 'r/1',
    labels: { team: 'x' },
    carry: { tier: 1 },
    release: 'full',
  });
  t.strictSame(decision, {
    allowed: false,
    rule: 'r/1',
    reason: 'why',
    fault: null,
    headers: [
      ['x-a', '1'],
      ['x-a', '2'],
    ],
    body: 'no',
    httpStatus: 429,
    requestHeadersToRemove: ['x-b'],
    responseHeadersToAdd: [['x-c', '3']],
    queryParametersToSet: [
      ['d', '4'],
      ['e', '5'],
      ['e', '6'],
    ],
    queryParametersToRemove: ['f'],
    dynamicMetadata: { g: { h: 7 } },
    hold: { any: 'thing' },
    mask: [{ key: 'ssn' }],
    record: 'full',
    labels: { team: 'x' },
    carry: { tier: 1 },
    release: 'full',
  });
});

const allow = { allowed: true };

/** A result that must deny, and what its fault must say. */
const faults: readonly (readonly [name: string, result: Json | undefined, fault: RegExp])[] = [
  ['undefined', undefined, /^policy_error: the decision is undefined/],
  ['null', null, /^policy_result: \$: expected a boolean or an object, got null/],
  ['a number', 1, /\$: .*got number/],
  ['a string', 'true', /\$: .*got string/],
  ['an array', [true], /\$: .*got array/],
  ['no allowed', {}, /\$\.allowed: expected a boolean, got nothing/],
  ['allowed as text', { allowed: 'true' }, /\$\.allowed: expected a boolean, got string/],
  ['allowed as number', { allowed: 1 }, /\$\.allowed/],
  ['an unknown member', { ...allow, masks: [] }, /\$\["masks"\]: expected one of allowed, headers/],
  ['a member of Object.prototype', { ...allow, constructor: 1 }, /\$\["constructor"\]/],
  ['headers as text', { ...allow, headers: 'a: b' }, /\$\.headers: expected an object of headers/],
  ['a header as number', { ...allow, headers: { a: 1 } }, /\$\.headers\["a"\]: expected a string, got number/],
  ['a number in a header list', { ...allow, headers: { a: ['x', 1] } }, /\$\.headers\["a"\]\[1\]/],
  ['a list of texts as headers', { ...allow, headers: ['a'] }, /\$\.headers\[0\]: expected an object of headers/],
  ['a header that splits the response', { ...allow, headers: { a: 'x\r\nset-cookie: y' } }, /without NUL, CR or LF/],
  ['a header name with a space', { ...allow, headers: { 'a b': 'x' } }, /RFC 9110 token/],
  ['a body as object', { allowed: false, body: {} }, /\$\.body: expected a string, got object/],
  ['a status as text', { allowed: false, http_status: '403' }, /\$\.http_status: expected a number, got string/],
  ['a status that is none', { allowed: false, http_status: 299 }, /\$\.http_status: .*got 299/],
  ['a status that ends no response', { allowed: false, http_status: 100 }, /\$\.http_status/],
  ['a status with a fraction', { allowed: false, http_status: 403.5 }, /\$\.http_status/],
  [
    'headers to remove as text',
    { ...allow, request_headers_to_remove: 'a' },
    /\$\.request_headers_to_remove: expected an array/,
  ],
  ['a number to remove', { ...allow, request_headers_to_remove: ['a', 1] }, /\$\.request_headers_to_remove\[1\]/],
  ['query as list', { ...allow, query_parameters_to_set: ['a'] }, /\$\.query_parameters_to_set: expected an object/],
  ['a query value as object', { ...allow, query_parameters_to_set: { a: {} } }, /\$\.query_parameters_to_set\["a"\]/],
  ['metadata as text', { ...allow, dynamic_metadata: 'x' }, /\$\.dynamic_metadata: expected an object, got string/],
  [
    'the decision id overwritten',
    { ...allow, dynamic_metadata: { decision_id: 'x' } },
    /\$\.dynamic_metadata\.decision_id.*reserved/,
  ],
  [
    'the release overwritten',
    { ...allow, dynamic_metadata: { release: 'skip' } },
    /\$\.dynamic_metadata\.release.*reserved/,
  ],
  [
    'the plan overwritten',
    { ...allow, dynamic_metadata: { countersign: '{}' } },
    /\$\.dynamic_metadata\.countersign.*reserved/,
  ],
  ['the plan overwritten by null', { ...allow, dynamic_metadata: { countersign: null } }, /reserved/],
  ['a reason as object', { ...allow, reason: {} }, /\$\.reason/],
  ['a rule as number', { ...allow, rule: 1 }, /\$\.rule/],
  ['labels as list', { ...allow, labels: [] }, /\$\.labels/],
  ['carry as list', { ...allow, carry: [] }, /\$\.carry/],
  ['carry of more than 2 KiB', { ...allow, carry: { a: 'x'.repeat(2_048) } }, /\$\.carry: expected at most 2048 bytes/],
  ['another release', { ...allow, release: 'tunnel' }, /\$\.release: expected "full" or "skip"/],
  ['skip beside masks', { ...allow, release: 'skip', mask: [{ key: 'ssn' }] }, /\$\.release/],
  ['a hold beside an allow', { ...allow, hold: {} }, /\$\.hold/],
];

for (const [name, result, fault] of faults)
  t.test(`${name}: denied, and the fault names the path`, async (t) => {
    const decision = readDecision(result);
    t.equal(decision.allowed, false);
    t.match(decision.fault, fault);
    t.match(decision, { headers: [], dynamicMetadata: {}, mask: undefined, hold: undefined, release: 'full' });
  });

t.test('a carry of exactly 2 KiB of JSON passes', async (t) => {
  t.equal(readDecision({ ...allow, carry: { a: 'x'.repeat(2_048 - 8) } }).fault, null);
});

t.test('skip without masks passes', async (t) => {
  t.match(readDecision({ ...allow, release: 'skip', mask: [] }), { allowed: true, release: 'skip' });
});

t.test('whatever the result is, only a boolean true allows', async (t) => {
  const property = fc.property(fc.jsonValue(), (value) => {
    const said = value === true || (value as { allowed?: unknown } | null)?.allowed === true;
    return readDecision(value as Json).allowed === false || said;
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test('a foreign error denies without its text', async (t) => {
  t.equal(faultDecision(new Error('secret')).fault, 'policy_error: the evaluation failed');
  t.equal(faultDecision(new CountersignError('policy_error', 'x')).fault, 'policy_error: x');
});
