/** Threat 14: a policy's `dynamic_metadata` overwrites ours, by which the release knows what to do. */
import t from 'tap';
import { entriesOfKind } from '../fixture/entries.ts';
import { startStack } from '../fixture/stack.ts';
import { problemOf, threatPolicy } from '../fixture/threats.ts';

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  respond: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"executed":true}');
    return true;
  },
});

for (const name of ['release', 'countersign', 'decision_id'])
  for (const path of [`/meta/${name}`, `/meta/${name}/deny`])
    t.test(`threat 14: a result that writes dynamic_metadata.${name} at ${path} is a denial`, async (t) => {
      const answer = await stack.request({ path });
      t.equal(answer.status, 403);
      t.match(problemOf(answer), { type: /policy-error$/ });
      t.equal(stack.arrivals.length, 0);
      const [decision] = (await entriesOfKind(stack.log, 'decision')).slice(-1);
      t.match(decision, { verdict: 'deny', path, reason: new RegExp(`^policy_result: .*dynamic_metadata.*${name}`) });
    });

t.test('threat 14: another member is written, and the response is observed all the same', async (t) => {
  t.equal((await stack.request({ path: '/meta/team' })).status, 200);
  t.match(await entriesOfKind(stack.log, 'response'), [{ status: 200, outcome: 'complete' }]);
});
