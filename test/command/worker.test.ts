import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';

t.test('the thread says when it is ready, and answers each query', async (t) => {
  const worker = new Worker(new URL('../../plugin/command/worker.ts', import.meta.url));
  t.teardown(() => worker.terminate());
  t.strictSame(await once(worker, 'message'), ['ready']);
  worker.postMessage({ text: 'DROP TABLE "T"', foldNames: true });
  t.match(await once(worker, 'message'), [{ statements: [{ kind: 'drop', objects: [{ name: 't' }] }] }]);
  worker.postMessage({ text: 'nonsense', foldNames: false });
  t.match(await once(worker, 'message'), [{ reason: /not SQL/ }]);
});
