import t from 'tap';
import { problemAnswer, removedFromEveryRequest } from '../../plugin/exchange/answer.ts';

t.test('a refusal is a problem document, and release skips it', async (t) => {
  const answer = problemAnswer({
    status: 403,
    type: 'hold-pending',
    title: 'The request waits for approval',
    detail: 'DELETE on customers',
    exchange: '0192f0c1-2f00-7000-8000-000000000000',
    rule: 'sql/delete',
    members: { hold: 'h_1' },
    headers: [['retry-after', '10']],
  });
  t.match(answer, {
    kind: 'deny',
    httpStatus: 403,
    metadata: { release: 'skip', decision_id: '0192f0c1-2f00-7000-8000-000000000000' },
  });
  t.match(Object.fromEntries(answer.headers), { 'content-type': 'application/problem+json', 'retry-after': '10' });
  t.match(JSON.parse(answer.body), {
    type: 'https://countersign.dev/problems/hold-pending',
    status: 403,
    rule: 'sql/delete',
    hold: 'h_1',
    instance: 'urn:uuid:0192f0c1-2f00-7000-8000-000000000000',
  });
});

t.test("a caller's word on retries never reaches the router", async (t) => {
  for (const name of [
    'x-envoy-retry-on',
    'x-envoy-max-retries',
    'x-envoy-hedge-on-per-try-timeout',
    'x-envoy-upstream-rq-timeout-ms',
  ])
    t.ok(removedFromEveryRequest.includes(name), name);
});
