import { parseSync } from '@libpg-query/parser';
import t from 'tap';
import { bodyOf, sourceOf } from '../../plugin/command/plpgsql.ts';
import { parseSql } from '../../plugin/command/sql.ts';
import { isRecord, nodeOf } from '../../plugin/command/tree.ts';
import { facts } from './rows.ts';

await parseSql('SELECT 1');

/** Every construct of PL/pgSQL that runs an expression: each of its functions must be seen. */
const constructs = [
  'DECLARE x int := f1(); y CONSTANT int NOT NULL DEFAULT f2(); BEGIN x := f3(); x = f4(); END',
  'BEGIN IF f1() THEN PERFORM f2(); ELSIF f3() THEN PERFORM f4(); ELSE PERFORM f5(); END IF; END',
  'DECLARE x int; BEGIN CASE f1() WHEN f2(), 3 THEN PERFORM f3(); ELSE PERFORM f4(); END CASE; END',
  'BEGIN LOOP EXIT WHEN f1(); CONTINUE WHEN f2(); PERFORM f3(); END LOOP; END',
  'BEGIN WHILE f1() LOOP PERFORM f2(); END LOOP; END',
  'BEGIN FOR i IN REVERSE f1()..f2() BY f3() LOOP PERFORM f4(); END LOOP; END',
  'DECLARE r record; BEGIN FOR r IN SELECT f1() LOOP PERFORM f2(); END LOOP; END',
  'DECLARE c CURSOR (a int) FOR SELECT f1(a); BEGIN FOR r IN c(f2()) LOOP PERFORM f3(); END LOOP; END',
  'DECLARE c refcursor; BEGIN OPEN c FOR SELECT f1(); MOVE FORWARD f2() FROM c; CLOSE c; END',
  'DECLARE x int; BEGIN FOREACH x IN ARRAY f1() LOOP PERFORM f2(); END LOOP; END',
  "BEGIN RAISE NOTICE 'x % %', f1(), f2() USING HINT = f3(); ASSERT f4(), f5(); END",
  'BEGIN CALL f1(f2()); END',
  'BEGIN BEGIN PERFORM f1(); EXCEPTION WHEN others THEN PERFORM f2(); END; END',
  'DECLARE a int[]; r record; "b = c" int; BEGIN a[f1()] := f2(); r.x := f3(); "b = c" := f4(); END',
  'DECLARE x int; BEGIN SELECT f1() INTO x; INSERT INTO t VALUES (f2()) RETURNING f3() INTO x; END',
];

t.test('every construct shows what it calls', async (t) => {
  for (const body of constructs) {
    const { functions, opaque } = await facts(`DO $$ ${body} $$`);
    const called = [...new Set(body.match(/\bf[0-9](?=\()/g))].sort();
    t.strictSame([functions, opaque], [called, false], body);
  }
});

t.test('what runs computed text is opaque, and its arguments are seen', async (t) => {
  for (const body of [
    'BEGIN EXECUTE f1() USING f2(); END',
    'DECLARE r record; BEGIN FOR r IN EXECUTE f1() USING f2() LOOP NULL; END LOOP; END',
    'DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE f1() USING f2(); END',
    "BEGIN EXECUTE format('DROP TABLE %I', f1()) USING f2(); END",
    "BEGIN EXECUTE E'DROP TABLE \\x74' USING f1(), f2(); END",
  ]) {
    const { functions, opaque } = await facts(`DO $$ ${body} $$`);
    t.equal(opaque, true, body);
    t.ok(
      ['f1', 'f2'].every((name) => (functions as readonly string[]).includes(name)),
      body,
    );
  }
});

t.test('bodies end: those that nest too deep are opaque', async (t) => {
  let sql = 'DROP TABLE t';
  for (let level = 0; level < 6; level++) sql = `DO $l${level}$ BEGIN ${sql}; END $l${level}$`;
  t.match(await facts(sql), { opaque: true });
});

t.test('a statement among others is cut out in bytes, not in characters', async (t) => {
  const sql = "SELECT 'üüü'; DO $$ BEGIN DROP TABLE t; END $$; SELECT 2";
  const { stmts } = parseSync(sql) as { readonly stmts?: readonly unknown[] };
  const raw = (stmts ?? []).filter(isRecord).map((one) => ({ ...one }));
  t.equal(sourceOf(raw[1] ?? {}, Buffer.from(sql)).trim(), 'DO $$ BEGIN DROP TABLE t; END $$');
  const body = bodyOf(nodeOf(raw[1]?.stmt) ?? { name: '', fields: {} }, '');
  t.match(body, { statements: [{ DropStmt: {} }], opaque: false });
  t.equal(bodyOf(nodeOf(raw[0]?.stmt) ?? { name: '', fields: {} }, ''), null);
});
