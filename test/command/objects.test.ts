import t from 'tap';
import { objectsOf } from '../../plugin/command/objects.ts';
import { facts } from './rows.ts';

const rows: [sql: string, objects: string[]][] = [
  ['SELECT * FROM a.b JOIN c ON true', ['a.b table', 'c table']],
  ['DROP TABLE s.a, b', ['s.a table', 'b table']],
  ['DROP MATERIALIZED VIEW v', ['v matview']],
  ['DROP SCHEMA s CASCADE', ['s schema']],
  ['DROP DATABASE d', ['d database']],
  ['DROP FUNCTION s.f(int)', ['s.f function']],
  ['DROP TYPE s.ty', ['s.ty type']],
  ['DROP POLICY p ON s.t', ['s.p policy', 's.t table']],
  ['DROP TRIGGER g ON t', ['g trigger', 't table']],
  ['DROP ROLE r, q', ['r role', 'q role']],
  ['ALTER FUNCTION s.f() RENAME TO g', ['s.f function']],
  ['ALTER TABLE s.t RENAME TO u', ['s.t table']],
  ['CREATE SCHEMA s', ['s schema']],
  ['CREATE INDEX i ON t (a)', ['i index', 't table']],
  ['CREATE EXTENSION x', ['x extension']],
  ['TRUNCATE a, s.b', ['a table', 's.b table']],
  ['GRANT ALL ON s.t TO r', ['s.t table']],
  ['INSERT INTO a SELECT * FROM b', ['a table', 'b table']],
  ['MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE', ['a table', 'b table']],
  ['COPY s.t TO STDOUT', ['s.t table']],
  ['SELECT (SELECT 1 FROM hidden)', ['hidden table']],
  // A CTE is no object where it is in scope, and nowhere else.
  ['WITH c AS (SELECT 1) SELECT * FROM c', []],
  ['WITH c AS (SELECT 1) SELECT * FROM (SELECT * FROM c) q', []],
  ['WITH x AS (SELECT * FROM c), c AS (SELECT 1) SELECT * FROM x', ['c table']],
  ['WITH c AS (SELECT * FROM c) SELECT * FROM c', ['c table']],
  ['WITH RECURSIVE c AS (SELECT 1 UNION SELECT * FROM c) SELECT * FROM c', []],
  ['WITH c AS (SELECT 1) SELECT * FROM public.c', ['public.c table']],
  ['WITH c AS (SELECT 1) DELETE FROM c', ['c table']],
  ['SELECT * FROM (WITH c AS (SELECT 1) SELECT * FROM c) q, c', ['c table']],
];

t.test('every object that a statement names', async (t) => {
  for (const [sql, expected] of rows) {
    const { objects } = await facts(sql);
    const found = (objects as { schema: string | null; name: string; kind: string }[]).map(
      ({ schema, name, kind }) => `${schema === null ? '' : `${schema}.`}${name} ${kind}`,
    );
    t.strictSame(found.sort(), expected.sort(), sql);
  }
  t.strictSame(objectsOf(null), []);
});
