import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../../examples/quickstart/child.ts';
import { startStack } from './fixture/stack.ts';

t.test("Envoy's access log names the decision, and how many values were masked", async (t) => {
  const stack = await startStack(t);
  t.equal((await stack.request({ path: '/customers' })).status, 200);
  const file = join(stack.folder, 'access.log');
  const line = await until(
    'a line in the access log',
    async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').find((one) => one.includes('/customers')),
    stack.children(),
    15_000,
  );
  const entry = JSON.parse(line ?? '{}') as { readonly masked: unknown; readonly decision: unknown };
  t.match(entry.decision, /^[0-9a-f-]{36}$/);
  t.ok(Number(entry.masked) > 0, `masked: ${JSON.stringify(entry.masked)}`);
});
