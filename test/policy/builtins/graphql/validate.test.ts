import { parse } from 'graphql';
import t from 'tap';
import { isValid, schemaOf } from '../../../../plugin/policy/builtins/graphql/validate.ts';

const free = (): void => {};

t.test('a schema is its definitions, extensions of what nothing defines included', async (t) => {
  const schema = schemaOf(parse('extend type Query { a: Int }'), free);
  t.equal(isValid(schema, parse('{ a }'), free), true);
  t.equal(isValid(schema, parse('{ b }'), free), false);
  t.throws(() => schemaOf(parse('type Query { a: Nope }'), free));
  t.throws(() => schemaOf(parse('enum E { A } extend type E { a: Int }'), free));
});

t.test('selections of one name are paid by pairs', async (t) => {
  const schema = schemaOf(parse('type Query { a: Int }'), free);
  const price = (query: string): number => {
    let paid = 0;
    isValid(schema, parse(query), (steps) => {
      paid += steps;
    });
    return paid;
  };
  t.ok(price(`{ ${'a '.repeat(1_000)} }`) > 50 * price(`{ ${'a '.repeat(100)} }`));
});
