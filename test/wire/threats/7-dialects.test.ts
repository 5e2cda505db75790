/** Threat 7: one text, two dialects: PostgreSQL's parser reads a SELECT, and the database behind runs something else. */
import t from 'tap';
import { entriesOfKind } from '../fixture/entries.ts';
import { startStack } from '../fixture/stack.ts';

const stack = await startStack(t);

/** Each is read alone, or as something harmless, by one of PostgreSQL, MySQL and SQLite, and executed by another. */
const texts: Readonly<Record<string, string>> = {
  'a comment in a comment': 'SELECT 1; /* /* */ DROP TABLE customers; -- */',
  'a comment in a comment, before the semicolon': 'SELECT 1 /* /* */ ; DROP TABLE customers; -- */',
  'a comment that MySQL executes': 'SELECT 1 /*!; DROP TABLE customers */',
  'a comment that some versions of MySQL execute': 'SELECT 1 /*!50000 ; DROP TABLE customers */',
  'a hint': 'SELECT 1 /*+ hint */; DROP TABLE customers',
  'a backslash before the closing quote': "SELECT 'a\\'; DROP TABLE customers; -- '",
  'two backslashes before it': "SELECT 'a\\\\'; DROP TABLE customers; -- '",
  'an escape string': "SELECT E'\\'; DROP TABLE customers; -- '",
  'a backslash in a quoted name': 'SELECT "a\\"; DROP TABLE customers; -- "',
  'dollar quotes': 'SELECT $$ ; DROP TABLE customers; -- $$',
  'dollar quotes with a tag': 'SELECT $a$ ; DROP TABLE customers; -- $a$',
  'Unicode escapes': "SELECT U&'\\0027; DROP TABLE customers; -- '",
  'a comment that ends at a carriage return': 'SELECT 1 --\rDROP TABLE customers',
  'a comment that ends at a line separator': 'SELECT 1 --\u2028; DROP TABLE customers',
  'a comment of MySQL': 'SELECT 1 #\n; DROP TABLE customers',
  'names in backticks': 'SELECT `ssn` FROM customers; DROP TABLE customers',
  'names in brackets': 'SELECT [ssn] FROM customers',
  'a space that is none': 'SELECT 1; DROP TABLE\u00a0customers',
  'a NUL': 'SELECT 1\u0000; DROP TABLE customers',
  'a byte order mark': '\ufeffDROP TABLE customers',
  'another database': "ATTACH DATABASE '/tmp/x' AS x",
  'a setting': 'PRAGMA writable_schema = 1',
};

for (const [name, sql] of Object.entries(texts))
  t.test(`threat 7: ${name} is refused, and never executed`, async (t) => {
    const { status, body } = await stack.request({ path: '/sql', body: { sql } });
    t.equal(status, 403, body.toString());
    t.equal(stack.arrivals.length, 0);
    const [decision] = (await entriesOfKind(stack.log, 'decision')).slice(-1);
    t.equal(decision?.verdict, 'deny');
  });

const bodies: Readonly<Record<string, string | Buffer>> = {
  'bytes that are not UTF-8': Buffer.from('7b2273716c223a2253454c4543542027c0a7277d', 'hex'),
  'a member twice': '{"sql":"SELECT 1","sql":"DROP TABLE customers"}',
  'a member twice, by an escape': '{"sql":"SELECT 1","\\u0073ql":"DROP TABLE customers"}',
  'a member twice, by case': '{"sql":"SELECT 1","SQL":"DROP TABLE customers"}',
  'a byte order mark': `\ufeff${JSON.stringify({ sql: 'DROP TABLE customers' })}`,
  'half a surrogate pair': '{"sql":"SELECT \'\\ud800\'"}',
  'something behind the JSON': '{"sql":"SELECT 1"}{"sql":"DROP TABLE customers"}',
  'another type': '{"sql":["DROP TABLE customers"]}',
};

for (const [name, body] of Object.entries(bodies))
  t.test(`threat 7: a body with ${name} is refused, and never executed`, async (t) => {
    const answer = await stack.request({ path: '/sql', body });
    t.equal(answer.status, 403, answer.body.toString());
    t.equal(stack.arrivals.length, 0);
  });

t.test('threat 7: what all dialects read alike is executed', async (t) => {
  const { status } = await stack.request({
    path: '/sql',
    body: { sql: 'SELECT id, name FROM customers WHERE id = 1 -- one' },
  });
  t.equal(status, 200);
  t.equal(stack.upstream.stats().executed.length, 1);
  t.equal(stack.upstream.stats().customers, 3);
});
