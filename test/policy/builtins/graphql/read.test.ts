import { parse, print } from 'graphql';
import t from 'tap';
import { readDocument } from '../../../../plugin/policy/builtins/graphql/read.ts';
import { writeDocument } from '../../../../plugin/policy/builtins/graphql/write.ts';

const queryLists = ['Operations', 'Fragments'];
const schemaLists = ['Schema', 'SchemaExtension', 'Directives', 'Definitions', 'Extensions'];

t.test('what is written is read back', async (t) => {
  const documents: readonly (readonly [readonly string[], string])[] = [
    [queryLists, 'query Q($a: [Int!]! = [1] @d) @d { x: y(a: {b: "s", c: """t"""}) @d { ...F ... on T { z } } }'],
    [queryLists, 'fragment F on T { a(b: [null, true, E, 1.5, $v]) }'],
    [schemaLists, 'schema @d { query: Q } directive @d(a: Int = 1) repeatable on FIELD'],
    [schemaLists, 'interface I { a: Int } type Q implements I @d { a(b: [Int!]! = [1] @d): Int @d }'],
    [schemaLists, 'union U = A | B enum E { A @d B } input I { a: Int = 1 } scalar S @d extend type Q { b: Int }'],
  ];
  for (const [lists, text] of documents) {
    const document = parse(text);
    t.equal(print(readDocument(writeDocument(document), lists)), print(document), text);
  }
});

t.test('an object that is no document is refused', async (t) => {
  for (const wrong of [
    { Operations: 1 },
    { Operations: [1] },
    { Operations: [{ SelectionSet: [{ Alias: 'a', Name: '1' }] }] },
    { Operations: [{ SelectionSet: [{ Alias: 'a', Name: 'a', Arguments: [{ Name: 'b', Value: { Kind: 99 } }] }] }] },
  ])
    t.throws(() => readDocument(wrong, queryLists), TypeError);
  t.throws(() => readDocument({ Definitions: [{ Kind: 'X', Name: 'A' }] }, schemaLists), TypeError);
});
