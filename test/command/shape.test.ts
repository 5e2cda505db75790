import t from 'tap';
import { shapeOf } from '../../plugin/command/shape.ts';
import { facts } from './rows.ts';

const shape = async (sql: string) => (await facts(sql)).shape;

t.test('statements that differ in literals have one shape', async (t) => {
  const rows: [string, string, boolean][] = [
    ['SELECT a FROM t WHERE b = 1', 'select  a\nfrom t where b=2 -- x', true],
    ["SELECT a FROM t WHERE b LIKE 'bob'", "SELECT a FROM t WHERE b LIKE '%'", true],
    ['SELECT a FROM t WHERE b IN (1, 2)', 'SELECT a FROM t WHERE b IN (1, 2, 3)', true],
    ['SELECT a FROM t', 'SELECT b FROM t', false],
    ['SELECT a FROM t', 'SELECT a FROM s.t', false],
    ['SELECT a FROM t WHERE b = 1', 'SELECT a FROM t WHERE b > 1', false],
    ['DELETE FROM t WHERE a = 1', 'DELETE FROM t', false],
    ['DO $$ BEGIN NULL; END $$', 'DO $$ BEGIN DROP TABLE t; END $$', false],
    ["COPY t TO PROGRAM 'a'", "COPY t TO PROGRAM 'b'", false],
  ];
  for (const [one, other, same] of rows)
    t.equal((await shape(one)) === (await shape(other)), same, `${one} / ${other}`);
  t.match(shapeOf({}), /^[0-9a-f]{32}$/);
});
