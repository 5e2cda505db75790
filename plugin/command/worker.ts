import { parentPort } from 'node:worker_threads';
import type { Query } from './parser.ts';
import { parseSql } from './sql.ts';

// A thread of its own: parsing may take long or fail badly, and the event loop must not notice (invariant 9).
parentPort?.on('message', async ({ text, foldNames }: Query) => {
  const parsed = await parseSql(text, foldNames);
  parentPort?.postMessage(parsed);
  if ('broken' in parsed && parsed.broken) process.exit();
});
// The parser is compiled at its first use, which would count against the first command's time.
await parseSql('SELECT 1', false);
parentPort?.postMessage('ready');
