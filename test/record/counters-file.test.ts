import { appendFileSync, chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openCounters } from '../../plugin/record/counters.ts';
import { keepCounters } from '../../plugin/record/counters-file.ts';

const limits = { sessions: 100_000, principals: 100, idle: 3_600_000, window: 3_600_000 };
const bot = { issuer: 'https://idp.example.com', id: 'bot' };
const never = (error: unknown) => t.fail(String(error));

t.test('counters survive a restart', async (t) => {
  const file = join(t.testdir(), 'counters.ndjson');
  const first = openCounters(limits);
  const kept = await keepCounters(first, file, never);
  first.asked('s', bot);
  first.denied('s');
  first.masked('s', 7);
  await kept.close();
  t.equal(statSync(file).mode & 0o777, 0o600);
  const second = openCounters(limits);
  await (await keepCounters(second, file, never)).close();
  t.match(second.asked('s', bot), { requests: 2, denied: 1, masked_fields: 7, principal: { requests: 2, denied: 1 } });
});

t.test('a line that a crash cut off, or that is none of ours, is passed over', async (t) => {
  const file = join(t.testdir(), 'counters.ndjson');
  const first = openCounters(limits);
  const kept = await keepCounters(first, file, never);
  first.asked('s', bot);
  await kept.close();
  appendFileSync(file, '\n{"key":"x"}\nnull\n{"key":"s","principal":"');
  const second = openCounters(limits);
  await (await keepCounters(second, file, never)).close();
  t.match(second.asked('s', bot), { requests: 2 });
  t.notMatch(readFileSync(file, 'utf8'), /null\n/, 'the file was written anew');
});

t.test('the file does not grow without end', async (t) => {
  const file = join(t.testdir(), 'counters.ndjson');
  const line = `${JSON.stringify({ key: 's', principal: 'p', requests: 1, denied: 0, held: 0, masked_fields: 0, started: Date.now(), last: Date.now() })}\n`;
  appendFileSync(file, line.repeat(30_000));
  const counters = openCounters(limits);
  const kept = await keepCounters(counters, file, never);
  t.equal(readFileSync(file, 'utf8').split('\n').length, 2);
  await kept.close();
});

t.test('a file that can not be written is told of at the start', async (t) => {
  const folder = t.testdir();
  mkdirSync(join(folder, 'counters.ndjson'));
  await t.rejects(keepCounters(openCounters(limits), join(folder, 'counters.ndjson'), never), {
    code: 'record_failed',
  });
  chmodSync(folder, 0o700);
});
