import t from 'tap';
import { columnsOf, isCondition } from '../../plugin/command/columns.ts';
import { facts } from './rows.ts';

const plain = (name: string, alias = name) => ({ name, alias, expression: false });

t.test('a masked field is found under whatever name it comes out (threat 2)', async (t) => {
  const rows: [sql: string, expected: object][] = [
    ['SELECT ssn FROM c', { columns: [plain('ssn')], star: false, row: false, renamed: false, fields: ['ssn'] }],
    ['SELECT t.ssn FROM t', { columns: [{ ...plain('ssn'), table: 't' }], row: false }],
    ['SELECT ssn AS x FROM c', { columns: [plain('ssn', 'x')], renamed: true }],
    ['SELECT lower(ssn) FROM c', { columns: [{ name: null, alias: null, expression: true }], fields: ['ssn'] }],
    ['SELECT name FROM a UNION SELECT ssn FROM a', { columns: [plain('name'), plain('ssn', 'name')], renamed: true }],
    ['SELECT name FROM a UNION SELECT name FROM b', { renamed: false }],
    ['SELECT x FROM (SELECT ssn AS x FROM c) q', { columns: [plain('x')], renamed: true, fields: ['ssn', 'x'] }],
    ['SELECT x FROM (SELECT ssn FROM c) q(x)', { renamed: true, fields: ['ssn', 'x'] }],
    ['WITH q(x) AS (SELECT ssn FROM c) SELECT x FROM q', { renamed: true, fields: ['ssn', 'x'] }],
    ['SELECT 1 FROM (SELECT 1 UNION (SELECT name FROM a UNION SELECT ssn FROM a)) q', { renamed: true }],
    ['SELECT * FROM c', { star: true }],
    ['SELECT c.* FROM c', { star: true }],
    ['SELECT count(*) FROM c', { star: false }],
    ['SELECT 1 FROM (SELECT * FROM c) q', { star: true }],
    ['SELECT c FROM c', { row: true }],
    ['SELECT row_to_json(z) FROM c AS z', { row: true }],
    ['SELECT (z).ssn FROM c z', { row: true, fields: ['ssn', 'z'] }],
    ['SELECT (f(1)).ssn', { fields: ['ssn'] }],
    ['SELECT (f(1)).*', { star: true }],
    ['DELETE FROM c RETURNING ssn AS x', { columns: [plain('ssn', 'x')], renamed: true }],
    ['UPDATE c SET name = ssn', { columns: [], renamed: true }],
    ['COPY c (ssn) TO STDOUT', { fields: ['ssn'], star: false }],
    ['COPY c TO STDOUT', { star: true }],
    ['COPY (SELECT ssn FROM c) TO STDOUT', { columns: [plain('ssn')], star: false }],
    ['EXPLAIN SELECT ssn FROM c', { columns: [plain('ssn')] }],
    ['VALUES (1)', { columns: [] }],
  ];
  for (const [sql, expected] of rows) t.hasStrict(await facts(sql), expected, sql);
  t.match(columnsOf({ name: 'SelectStmt', fields: {} }), { columns: [], fields: [] });
});

t.test('a condition reads a column', async (t) => {
  t.equal(isCondition({ ColumnRef: { fields: [] } }), true);
  t.equal(isCondition({ A_Const: { boolval: { boolval: true } } }), false);
  t.equal(isCondition(undefined), false);
});
