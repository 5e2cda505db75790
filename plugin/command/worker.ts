import { parentPort } from 'node:worker_threads';
import { parseSql } from './sql.ts';
import { type Task, understand } from './understand.ts';

// A thread of its own: parsing may take long or fail badly, and the event loop must not notice (invariant 9).
parentPort?.on('message', async (task: Task) => {
  const outcome = await understand(task);
  parentPort?.postMessage(outcome);
  if (outcome.broken) process.exit();
});
// The parser is compiled at its first use, which would count against the first command's time.
await parseSql('SELECT 1', false);
parentPort?.postMessage('ready');
