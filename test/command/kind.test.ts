import t from 'tap';
import {
  changesReading,
  functionWrites,
  isStatement,
  kindOf,
  selectWrites,
  writesByItself,
} from '../../plugin/command/kind.ts';

const node = (name: string, fields = {}) => ({ name, fields });

t.test('a statement that nobody thought of has a kind and writes', async (t) => {
  t.equal(kindOf(node('LoadStmt')), 'load');
  t.equal(kindOf(node('FutureStmt')), 'future');
  t.equal(writesByItself(node('FutureStmt')), true);
  t.equal(writesByItself(node('SelectStmt')), false);
  t.equal(selectWrites(node('', { intoClause: {} })), true);
  t.equal(isStatement(node('DropStmt')), true);
  t.equal(isStatement(node('RawStmt')), false);
});

t.test('functions that write are known with or without their schema', async (t) => {
  for (const name of ['nextval', 'x.setval', 'dblink', 'pg_read_file', 'lo_import', 'count', 'lower'])
    t.equal(functionWrites(name), ['nextval', 'x.setval', 'dblink', 'lo_import'].includes(name), name);
});

t.test('a computed setting could be any', async (t) => {
  const call = (args: object[]) => node('FuncCall', { funcname: [{ String: { sval: 'set_config' } }], args });
  t.equal(changesReading(call([{ A_Expr: {} }])), true);
  t.equal(changesReading(call([{ A_Const: { sval: { sval: 'Client_Encoding' } } }])), true);
  t.equal(changesReading(call([{ A_Const: { sval: { sval: 'work_mem' } } }])), false);
  t.equal(changesReading(node('', { kind: 'VAR_SET_VALUE', name: 'client_encoding' })), true);
});
