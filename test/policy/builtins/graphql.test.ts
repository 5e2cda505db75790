import t from 'tap';
import { agreesWithOpa, compile, withoutOpa } from '../rego.ts';

const schema =
  'type Query { user(id: ID!, tags: [String!] = ["a"]): User } type User { id: ID! name: String friends: [User!]! }';

const queries = [
  '{ user(id: 1) { id name } }',
  '{ user { id } }',
  '{ user(id: 1) { nope } }',
  'query Q($id: ID!) { u: user(id: $id) { ...F } } fragment F on User { name ... on User @include(if: true) { id } }',
  'query Q($id: ID!) { user(id: 1) { id } }',
  '{ user(id: "é😀\\n") { id } }',
  '{ user(id: """\n  block\n    text\n""") { id } }',
  '{ user(id: 1) { id } } { user(id: 2) { id } }',
  'mutation { x }',
  '{ __schema { types { name } } }',
  '{ user(id: 1) { id: name id } }',
  '{ user(id: 1) { name { x } } }',
  '{ user(id: 1.5, tags: [1]) { id } }',
  '',
  '   ,,, ',
  '{',
  '{ user(id: 1) { } }',
  'type Query { a: Int }',
  'subscription S { a }',
  '{ a(x: {b: [null, true, E, 1.5e3, $v]}) @d(x: 1) }',
];

t.test('queries agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    queries.flatMap((_, i) => [
      `graphql.parse_query(input.queries[${i}])`,
      `graphql.is_valid(input.queries[${i}], input.schema)`,
      `graphql.parse(input.queries[${i}], input.schema)`,
      `graphql.parse_and_verify(input.queries[${i}], input.schema)`,
    ]),
    { queries, schema },
  );
});

const schemas = [
  schema,
  '"Said" type Query { "of" a("x" b: Int = 1 @deprecated): Int! @deprecated(reason: "r") }',
  'schema { query: Q mutation: M } type Q { a: E } type M { b(i: I!): [U!]! } enum E { A B } input I { x: Int = 3 } union U = Q | M',
  'interface N { id: ID } type Query implements N { id: ID } scalar Date @specifiedBy(url: "u") directive @d(x: Int) repeatable on FIELD | QUERY',
  'extend type Query { a: Int } extend schema { mutation: Query }',
  'type Query { a: Nope }',
  'type Query { a: Int a: Int }',
  'type A { x: Int }',
  'type __A { x: Int }',
  'type Query implements N { a: Int }',
  'input I { i: I! }',
  'union U = Int',
  'directive @d(x: Int @d) on FIELD_DEFINITION',
  '{ a }',
  '',
  'type Query',
];

t.test('schemas agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    schemas.flatMap((_, i) => [
      `graphql.parse_schema(input.schemas[${i}])`,
      `graphql.schema_is_valid(input.schemas[${i}])`,
      `graphql.is_valid(graphql.parse_query("{ a }"), graphql.parse_schema(input.schemas[${i}]))`,
    ]),
    { schemas },
  );
});

t.test('documents may come as objects', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    [
      'graphql.is_valid(graphql.parse_query("{ user(id: 1, tags: [\\"a\\"]) { id } }"), input.schema)',
      'graphql.is_valid(graphql.parse_query("{ user(id: 1) { x } }"), graphql.parse_schema(input.schema))',
      'graphql.schema_is_valid(graphql.parse_schema(input.schema))',
      'graphql.schema_is_valid({"Definitions": [{"Kind": "OBJECT", "Name": "A"}]})',
      'graphql.is_valid(input.one, input.schema)',
      'graphql.schema_is_valid({"Definitions": 1})',
    ],
    { schema, one: 1 },
  );
});

t.test('a document made to take long is cut off', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow if graphql.is_valid(input.query, input.schema)');
  const hostile = {
    'selections of one name': `{ ${'user(id: 1) { friends { id } } '.repeat(3_000)} }`,
    'a long document': `{ ${'a '.repeat(1_000_000)} }`,
  };
  for (const [name, query] of Object.entries(hostile)) {
    const before = process.cpuUsage();
    t.equal(policy.decide({ query, schema }).allowed, false, name);
    const { user, system } = process.cpuUsage(before);
    t.ok(user + system < 2_000_000, `${name}: ${user + system} us`);
  }
  const nested = `{ user(id: 1) ${'{ friends '.repeat(20_000)} { id } ${'}'.repeat(20_000)} }`;
  t.equal(policy.decide({ query: nested, schema }).allowed, false);
  t.equal(policy.decide({ query: '{ user(id: 1) { id } }', schema }).allowed, true);
});
