import { parentPort } from 'node:worker_threads';
import type { Query } from './parser.ts';
import { parseSql } from './sql.ts';

// A thread of its own: parsing may take long or fail badly, and the event loop must not notice (invariant 9).
parentPort?.on('message', async ({ text, foldNames }: Query) => {
  const parsed = await parseSql(text, foldNames);
  parentPort?.postMessage(parsed);
  if ('broken' in parsed && parsed.broken) process.exit();
});
parentPort?.postMessage('ready');
