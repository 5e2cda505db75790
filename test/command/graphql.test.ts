import t from 'tap';
import { graphql } from '../../plugin/command/graphql.ts';
import { seen } from '../../plugin/command/seen.ts';
import { requestOf } from '../identity/request.ts';

const headers = { 'content-type': 'application/json' };
const post = (body: unknown, path = '/graphql') =>
  graphql(
    seen(requestOf({ path, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) })),
  );
const get = (query: string) => graphql(seen(requestOf({ method: 'GET', path: `/graphql?${query}` })));

t.test('the operation that runs', async (t) => {
  t.match(post({ query: 'query Q($id: ID) { user(id: $id) { name ssn } }', variables: { id: 7 } }), [
    {
      kind: 'graphql',
      batch: false,
      operation: { type: 'query', name: 'Q', names: ['name', 'ssn', 'user'] },
      variables: { id: 7 },
    },
  ]);
  t.match(post({ query: 'query A { a } mutation B { b }', operationName: 'B' }), [
    { operation: { type: 'mutation', name: 'B', roots: ['b'] } },
  ]);
  t.match(get('query=%7B+user+%7B+x%3A+ssn+%7D+%7D&variables=%7B%22a%22%3A1%7D'), [
    { operation: { type: 'query', renamed: ['ssn'] }, variables: { a: 1 } },
  ]);
});

t.test('each member of a batch is a command of its own', async (t) => {
  t.match(post([{ query: '{ a }' }, { query: 'mutation { b }' }, { query: '{' }]), [
    { batch: true, operation: { roots: ['a'] } },
    { batch: true, operation: { type: 'mutation' } },
    { kind: 'unparsed' },
  ]);
});

t.test('what is not plainly one operation is unparsed', async (t) => {
  const rows: [string, ReturnType<typeof post>, RegExp][] = [
    ['a persisted query', post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }), /persisted/],
    ['one that is being registered', post({ query: '{ a }', extensions: { persistedQuery: {} } }), /persisted/],
    ['by an id', post({ id: 'abc' }), /not in the request/],
    ['two operations', post({ query: 'query A { a } mutation B { b }' }), /which of its operations/],
    ['another operation', post({ query: 'query A { a }', operationName: 'B' }), /which of its operations/],
    [
      'two of one name',
      post({ query: 'query A { a } mutation A { b }', operationName: 'A' }),
      /which of its operations/,
    ],
    ['no operation', post({ query: 'fragment F on A { a }' }), /which of its operations/],
    ['no GraphQL', post({ query: 'SELECT 1' }), /not GraphQL/],
    ['too long', post({ query: `{ ${'a '.repeat(11_000)} }` }), /not GraphQL, or too long/],
    ['too deep', post({ query: '{a'.repeat(4_000) }), /not GraphQL, or too long/],
    ['a query in both places', post({ query: '{ a }' }, '/graphql?query={b}'), /parameter/],
    ['a query twice', get('query=%7Ba%7D&query=%7Bb%7D'), /twice/],
    ['a mutation by GET', get('query=mutation%7Ba%7D'), /queries only/],
    ['variables as text', post({ query: '{ a }', variables: '{}' }), /variables/],
    ['a name as number', post({ query: '{ a }', operationName: 1 }), /operationName/],
    ['a member twice', post('{"query":"{a}","query":"{b}"}'), /twice/],
    ['an empty batch', post([]), /empty/],
    ['a batch without end', post(Array.from({ length: 51 }, () => ({ query: '{a}' }))), /more than 50/],
    [
      'a raw body',
      graphql(seen(requestOf({ headers: { 'content-type': 'application/graphql' }, body: Buffer.from('{a}') }))),
      /not one whose/,
    ],
    ['another method', graphql(seen(requestOf({ method: 'PUT' }))), /POST and GET/],
  ];
  for (const [name, commands, reason] of rows) t.match(commands, [{ kind: 'unparsed', reason }], name);
});
