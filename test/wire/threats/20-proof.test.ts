/** Threat 20: an allow without masks leaves no proof of the answer. */
import { copyFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../../../examples/quickstart/child.ts';
import { verifyLogs } from '../../../plugin/verify/verify.ts';
import { trailOf, untilEntered } from '../fixture/entries.ts';
import { startStack } from '../fixture/stack.ts';
import { threatPolicy } from '../fixture/threats.ts';

const content = '{"a": 1,   "b":"\\u0041", "ssn":"078-05-1120"}';
let stuck: ServerResponse | undefined;

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  respond({ path }, response) {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (path === '/open/unanswered') stuck = response;
    else response.end(content);
    return true;
  },
});

t.test('threat 20: an allow without masks passes byte for byte, and its response is entered', async (t) => {
  const { status, body } = await stack.request({ path: '/open/plain' });
  t.equal(status, 200);
  t.equal(body.toString(), content);
  const entry = await untilEntered(stack, '/open/plain');
  t.match(entry, { status: 200, length: content.length, outcome: 'complete', masks: [] });
  t.match(entry.committed, [{ k: 'content', c: /^[\w-]{43}$/ }], 'the digest is committed');
  const { decisions } = await trailOf(stack.log, '/open/plain');
  t.match(decisions, [{ verdict: 'allow', release: 'full', planDigest: entry.planDigest }]);
});

t.test('threat 20: killed in between, an allow has no response, and audit verify says which', async (t) => {
  const asking = stack.request({ path: '/open/unanswered' });
  await until('the upstream to be asked', () => stuck);
  await stack.killPlugin();
  stuck?.end(content);
  const { status, complete } = await asking;
  t.notOk(status === 200 && complete, 'the caller has no whole answer');
  await stack.startPlugin();
  const { decisions, responses } = await trailOf(stack.log, '/open/unanswered');
  t.match(decisions, [{ verdict: 'allow' }]);
  t.same(responses, []);
  const key = join(stack.folder, 'auditor.pub');
  await copyFile(join(stack.log, 'key.pub'), key);
  const { exchanges } = await verifyLogs([stack.log], {});
  t.match(exchanges, { open: 1, openAt: [`${decisions[0]?.origin}/${decisions[0]?.seq}`] });
  const { code, stdout, stderr } = await stack.cli(['audit', 'verify', stack.log, '--key', key]);
  t.equal(code, 0, stderr);
  t.match(stdout, /\b1 without\b/);
  t.ok(stdout.includes(`${decisions[0]?.origin}/${decisions[0]?.seq}`), stdout);
});
