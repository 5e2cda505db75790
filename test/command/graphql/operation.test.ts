import { parse } from 'graphql';
import t from 'tap';
import { operationFacts, selectOperation } from '../../../plugin/command/graphql/operation.ts';

const facts = (query: string, name: string | null = null) => {
  const document = parse(query);
  const operation = selectOperation(document, name);
  if (operation === null) throw new Error('no operation');
  return operationFacts(document, operation);
};

t.test('fields under the names that the schema knows, whatever the caller calls them (threat 2)', async (t) => {
  t.match(facts('{ u: user { x: ssn name: ssn email } }'), {
    type: 'query',
    name: null,
    depth: 2,
    introspection: false,
    roots: ['user'],
    names: ['email', 'ssn', 'user'],
    renamed: ['ssn', 'user'],
    fields: [
      { path: 'user', alias: 'u' },
      { path: 'user.ssn', alias: 'x' },
      { path: 'user.ssn', name: 'ssn', alias: 'name', arguments: [] },
      { path: 'user.email', alias: 'email' },
    ],
  });
});

t.test('fragments are spread out, inline ones too', async (t) => {
  const query = `query { user(id: 1, as: 2) { ...F ... on Admin { secret } ... @include(if: true) { n } } }
    fragment F on User { friends { ...G } } fragment G on User { x: ssn }`;
  t.match(facts(query), {
    depth: 3,
    names: ['friends', 'n', 'secret', 'ssn', 'user'],
    renamed: ['ssn'],
    directives: ['include'],
    fields: [
      { path: 'user', arguments: ['id', 'as'] },
      { path: 'user.friends' },
      { path: 'user.friends.ssn', alias: 'x' },
    ],
  });
});

t.test('introspection is seen under any alias; a type name is none', async (t) => {
  t.match(facts('{ x: __schema { types { name } } }'), { introspection: true });
  t.match(facts('{ x: __type(name: "A") { name } }'), { introspection: true });
  t.match(facts('{ a { __typename } }'), { introspection: false });
});

t.test('what multiplies, or does not end, is not described', async (t) => {
  const doubling = Array.from(
    { length: 20 },
    (_, n) => `fragment F${n} on A { a { ...F${n + 1} } b { ...F${n + 1} } }`,
  );
  const rows: [string, RegExp][] = [
    [`{ ...F0 } ${doubling.join(' ')} fragment F20 on A { c }`, /more than 1000/],
    ['{ ...F } fragment F on A { ...F }', /contains itself/],
    ['{ ...F } fragment F on A { a { ...G } } fragment G on A { ...F }', /contains itself/],
    ['{ ...F }', /does not define/],
    ['{ ...F } fragment F on A { a } fragment F on A { b }', /twice/],
    [`${'{ a '.repeat(70)}${'}'.repeat(70)}`, /deeper than 64/],
    [`{ ${Array.from({ length: 1_001 }, (_, n) => `a${n}`).join(' ')} }`, /more than 1000 fields/],
  ];
  for (const [query, reason] of rows) t.match(facts(query), reason, query.slice(0, 40));
});
