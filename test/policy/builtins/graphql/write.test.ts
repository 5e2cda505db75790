import { parse } from 'graphql';
import t from 'tap';
import { valueKinds, writeDocument } from '../../../../plugin/policy/builtins/graphql/write.ts';

t.test('lists and objects without members are left out, names and flags stay', async (t) => {
  t.strictSame(writeDocument(parse('{ a }')), {
    Operations: [{ Operation: 'query', Name: '', SelectionSet: [{ Alias: 'a', Name: 'a' }] }],
  });
  t.strictSame(writeDocument(parse('scalar A')), {
    Definitions: [{ Kind: 'SCALAR', Description: '', Name: 'A', BuiltIn: false }],
  });
});

t.test('kinds of values are numbered as OPA numbers them', async (t) => {
  t.equal(valueKinds.indexOf('BlockValue'), 4);
  t.equal(valueKinds.indexOf('ObjectValue'), 9);
});
