import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';

t.test('the thread answers in order, with a result or a fault', async (t) => {
  const source = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');
  const { wasm, data } = await loadBundle({ source, path: 'envoy/authz/allow' });
  const file = new URL('../../plugin/policy/aside-worker.ts', import.meta.url);
  const worker = new Worker(file, { workerData: { wasm, data } });
  t.teardown(() => worker.terminate());
  for (const [id, entrypoint, expected] of [
    [1, 0, { id: 1, text: /^\[\{"result":/ }],
    [2, 99, { id: 2, fault: /^the evaluation was cut off/ }],
    [3, 0, { id: 3, text: /^\[\{"result":/ }],
  ] as const) {
    worker.postMessage({ id, entrypoint, input: '{}' });
    const [outcome] = await once(worker, 'message');
    t.match(outcome, expected);
  }
});
