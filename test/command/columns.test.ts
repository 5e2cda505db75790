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

t.test('a masked value finds no other name in a database that names results in its own way', async (t) => {
  for (const sql of [
    'SELECT ssn SSN FROM customers',
    'SELECT ssn AS Ssn FROM customers',
    'SELECT * FROM a JOIN (customers b JOIN customers c ON true) USING (id)',
    'SELECT * FROM customers a, customers b',
    'SELECT * FROM sqlite_schema UNION ALL SELECT * FROM customers',
  ])
    t.equal((await facts(sql, true)).renamed, true, sql);
  for (const sql of ['SELECT ssn FROM customers', 'SELECT * FROM customers', 'SELECT SSN FROM customers'])
    t.equal((await facts(sql, true)).renamed, false, sql);
  t.equal((await facts('SELECT * FROM a UNION SELECT * FROM b')).renamed, true, 'nor in PostgreSQL, behind a star');
  t.equal((await facts('SELECT ssn SSN FROM customers')).renamed, false, 'which folds both to one');
});

t.test('what stands anywhere but bare in a result is computed with', async (t) => {
  for (const [sql, computed] of [
    ['SELECT ssn, id FROM t', []],
    ['SELECT ssn FROM t WHERE id = 1', ['id']],
    ["SELECT id FROM t WHERE '{}' -> ('$' || ssn) IS NOT NULL", ['ssn']],
    ['SELECT ssn FROM t ORDER BY ssn', ['ssn']],
    ['SELECT id FROM t GROUP BY id HAVING max(ssn) > 1', ['id', 'ssn']],
    ['SELECT upper(ssn) FROM t', ['ssn']],
    ['SELECT a.id FROM a JOIN b ON a.ssn = b.ssn', ['ssn']],
    ['SELECT * FROM t', []],
  ] as const)
    t.same((await facts(sql)).computed, computed, sql);
});
