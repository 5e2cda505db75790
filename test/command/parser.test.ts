import t from 'tap';
import { openParser } from '../../plugin/command/parser.ts';
import { seen } from '../../plugin/command/seen.ts';
import { requestOf } from '../identity/request.ts';

/** A request whose command is this text. */
const query = (text: string) => ({
  kind: 'sql',
  maxBytes: 2_000_000,
  request: seen(
    requestOf({
      headers: { 'content-type': 'text/plain' },
      body: Buffer.from(text),
      extensions: { 'countersign.sql.path': 'body' },
    }),
  ),
});

t.test('a command that takes too long is given up, and the next one is parsed', async (t) => {
  const parser = openParser(1);
  t.teardown(() => parser.close());
  const slow = query(`SELECT ${'(SELECT 1) + '.repeat(4_000)} 1`);
  t.match(await parser.parse(slow), [{ reason: /longer than 1 ms/ }]);
  const quick = openParser(5_000);
  t.teardown(() => quick.close());
  t.match(await quick.parse(query('SELECT 1')), [{ statements: [{ kind: 'select' }] }]);
});

t.test('after a thread was ended another one takes over', async (t) => {
  // Long enough for a small command on a busy machine, far too short for this one.
  const parser = openParser(500);
  t.teardown(() => parser.close());
  const slow = query(`INSERT INTO t VALUES ${'(1),'.repeat(300_000)}(1)`);
  t.match(await parser.parse(slow), [{ reason: /longer|failed/ }]);
  t.match(await parser.parse(query('DROP TABLE t')), [{ statements: [{ kind: 'drop' }] }]);
});

t.test('answers go to whoever asked, and a full line refuses', async (t) => {
  const parser = openParser(5_000);
  t.teardown(() => parser.close());
  const asked = Array.from({ length: 80 }, (_, n) => parser.parse(query(`SELECT a${n} FROM t`)));
  const answers = await Promise.all(asked);
  for (const [n, answer] of answers.entries())
    if (n < 64) t.match(answer, [{ statements: [{ fields: [`a${n}`] }] }]);
    else t.match(answer, [{ reason: /too many/ }]);
});

t.test('closing answers whoever waits', async (t) => {
  const parser = openParser(5_000);
  const waiting = parser.parse(query('SELECT 1'));
  await parser.close();
  t.match(await waiting, [{ reason: /closed/ }]);
  t.match(await parser.parse(query('SELECT 1')), [{ reason: /closed/ }]);
});
