import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { seen } from '../../plugin/command/seen.ts';
import { requestOf } from '../identity/request.ts';

const task = (text: string, dialect: string) => ({
  kind: 'sql',
  maxBytes: 1_000,
  request: seen(
    requestOf({
      headers: { 'content-type': 'text/plain' },
      body: Buffer.from(text),
      extensions: { 'countersign.sql.path': 'body', 'countersign.sql.dialect': dialect },
    }),
  ),
});

t.test('the thread says when it is ready, and answers each query', async (t) => {
  const worker = new Worker(new URL('../../plugin/command/worker.ts', import.meta.url));
  t.teardown(() => worker.terminate());
  t.strictSame(await once(worker, 'message'), ['ready']);
  worker.postMessage(task('DROP TABLE "t"', 'sqlite'));
  t.match(await once(worker, 'message'), [
    { commands: [{ statements: [{ kind: 'drop', objects: [{ name: 't' }] }] }], broken: false },
  ]);
  worker.postMessage(task('nonsense', 'postgres'));
  t.match(await once(worker, 'message'), [{ commands: [{ kind: 'unparsed', reason: /not SQL/ }] }]);
});
