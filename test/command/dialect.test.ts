import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { disagreement, isPostgres } from '../../plugin/command/dialect.ts';

t.test('text that every dialect cuts alike may be read by one parser', async (t) => {
  const rows = [
    'SELECT 1',
    "SELECT a, 'it''s' FROM t WHERE b = 'x';",
    'SELECT /* a note */ 1 -- and another\n, 2',
    'SELECT 1 --\n, 2',
    'SELECT 1 -- to the end',
    "SELECT '-- /* # ` [ $$'",
    "SELECT 'Zürich' -- Zürich\r\n",
    'SELECT 6*/* note */7',
    "SELECT a FROM t WHERE a LIKE 'x%' AND b BETWEEN 'a' AND 'c' OR c IN ('d', 'e') LIMIT 5",
    "SELECT CASE WHEN a >= 1.5 THEN 'x' ELSE 'y' END FROM t WHERE b <> -1 AND c=-2",
  ];
  for (const sql of rows) for (const dialect of ['sqlite', 'mysql']) t.equal(disagreement(sql, dialect), null, sql);
  t.equal(disagreement('SELECT "a b" FROM t', 'sqlite'), null);
});

t.test('text that dialects cut differently is refused (threat 7)', async (t) => {
  const rows: [string, RegExp][] = [
    ['SELECT 1; /* /* */ DROP TABLE customers; -- */', /nested/],
    ['SELECT /*! 1; DROP TABLE t */ 1', /executable/],
    ['SELECT /*M! 1 */ 1', /executable/],
    ['SELECT /*+ hint */ 1', /executable/],
    ['SELECT 1 /* to the end', /does not end/],
    ['SELECT 1 /*/ DROP TABLE t', /does not end/],
    ['SELECT 1 /*//*/ 2', /nested/],
    ["SELECT 'a\\'; DROP TABLE t; --'", /backslash/],
    ["SELECT E'a'", /prefix/],
    ["SELECT U&'a'", /outside quotes/],
    ["SELECT _utf8'a'", /prefix/],
    ['SELECT $$ ; DROP TABLE t $$', /\$/],
    ['SELECT $x$ ; $x$', /\$/],
    ['SELECT a$1', /\$/],
    ['SELECT 1--1; DROP TABLE t', /--/],
    ['SELECT 1 -- x\rDROP TABLE t', /carriage return/],
    ['SELECT 1 # x', /#/],
    ['SELECT `a`', /`/],
    ["SELECT [a'] FROM t", /\[/],
    ['SELECT "a\\"', /backslash/],
    ["SELECT 'a", /does not end/],
    ['SELECT\u00a01', /outside quotes/],
    ['SELECT \ufeff1', /outside quotes/],
    ['SELECT \u000b1', /outside quotes/],
    ['\\! sh', /outside quotes/],
    ["SELECT @length('); UPDATE t SET a = 1; -- ')", /@/],
    ["SELECT $1('); DROP TABLE t; -- ')", /\$/],
    ["SELECT :a('); DROP TABLE t; -- ')", /:/],
    ['SELECT ?1', /\?/],
    ["SELECT ssn 'x' FROM t", /behind a name/],
    ["SELECT ssn/* */'x' FROM t", /behind a name/],
    ["SELECT group_concat(a) 'x' FROM t", /behind a name/],
    ["SELECT 'a' 'b'", /behind a name/],
    ["SELECT a FROM t WHERE '{}' -> ('$' || ssn)", /operator ->/],
    ['SELECT 0x1F', /number/],
    ['SELECT 1e5', /number/],
    ['SELECT 1_000', /number/],
    ['SELECT .5', /dot/],
    ['SELECT a <-> b', /operator/],
    ['SELECT a & b', /outside quotes|operator/],
    ['SELECT {a}', /outside quotes/],
  ];
  for (const [sql, reason] of rows) t.match(String(disagreement(sql, 'sqlite')), reason, sql);
  t.match(disagreement('SELECT "a"', 'mysql'), /double quotes/);
  t.match(disagreement('SELECT 1', 'oracle'), /not one that is known/);
  t.equal(disagreement("SELECT E'\\''", 'postgres'), null, 'the parser is made for this one');
  t.equal(isPostgres('postgresql'), true);
});

t.test('SQLite does drop the table that one parser sees in a comment', async (t) => {
  const db = new DatabaseSync(':memory:');
  t.teardown(() => db.close());
  db.exec('CREATE TABLE customers (a)');
  db.exec('SELECT 1; /* /* */ DROP TABLE customers; -- */');
  t.throws(() => db.exec('SELECT * FROM customers'), /no such table/);
});
