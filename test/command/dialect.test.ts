import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { disagreement, isPostgres } from '../../plugin/command/dialect.ts';

t.test('text that every dialect cuts alike may be read by one parser', async (t) => {
  const rows = [
    'SELECT 1',
    "SELECT a, 'it''s' FROM t WHERE b = $1;",
    'SELECT /* a note */ 1 -- and another\n, 2',
    'SELECT 1 --\n, 2',
    'SELECT 1 -- to the end',
    "SELECT '-- /* # ` [ $$'",
    "SELECT 'Zürich' -- Zürich\r\n",
    'SELECT 6*/* note */7',
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
    ["SELECT U&'a'", /prefix/],
    ["SELECT _utf8'a'", /prefix/],
    ['SELECT $$ ; DROP TABLE t $$', /dollar/],
    ['SELECT $x$ ; $x$', /dollar/],
    ['SELECT a$1', /dollar/],
    ['SELECT 1--1; DROP TABLE t', /--/],
    ['SELECT 1 -- x\rDROP TABLE t', /carriage return/],
    ['SELECT 1 # x', /#/],
    ['SELECT `a`', /backticks/],
    ["SELECT [a'] FROM t", /brackets/],
    ['SELECT "a\\"', /backslash/],
    ["SELECT 'a", /does not end/],
    ['SELECT\u00a01', /non-ASCII/],
    ['SELECT \ufeff1', /non-ASCII/],
    ['SELECT \u000b1', /control/],
    ['\\! sh', /backslash/],
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
