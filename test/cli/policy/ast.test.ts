import t from 'tap';
import { callOf, constantOf, nodesOf, pathOf, type Term } from '../../../plugin/cli/policy/ast.ts';

const text = (value: string): Term => ({ type: 'string', value });
const number = (value: number): Term => ({ type: 'number', value });
const variable = (value: string): Term => ({ type: 'var', value });
const object = (...value: (readonly [Term, Term])[]): Term => ({ type: 'object', value });
const array = (...value: Term[]): Term => ({ type: 'array', value });

t.test('a constant is what says the same always', async (t) => {
  const rows: readonly (readonly [Term, unknown])[] = [
    [text('a'), 'a'],
    [{ type: 'null', value: null }, null],
    [array(number(1), array()), [1, []]],
    [object([text('a'), object([text('b'), number(2)])]), { a: { b: 2 } }],
    [array(variable('named')), ['x']],
    [variable('unknown'), undefined],
    [object([text('a'), variable('unknown')]), undefined],
    [object([variable('named'), number(1)]), undefined],
    [{ type: 'set', value: [] }, undefined],
  ];
  const named = (name: string) => (name === 'named' ? text('x') : undefined);
  for (const [term, value] of rows) t.strictSame(constantOf(term, named), value, JSON.stringify(term));
});

t.test('calls are seen as terms and as expressions, other lists are none', async (t) => {
  const operator: Term = { type: 'ref', value: [variable('json'), text('marshal')] };
  const call = { name: 'json.marshal', args: [number(1)] };
  t.match(callOf([operator, number(1)]), call);
  t.match(callOf({ type: 'call', value: [operator, number(1)] }), call);
  for (const other of [[], [number(1)], { type: 'array', value: [operator] }, null, 'x']) t.equal(callOf(other), null);
});

t.test('every node comes with what it is in, and places are no nodes', async (t) => {
  const inner = variable('x');
  const nodes = [...nodesOf({ location: { file: 'a' }, terms: [inner] })];
  t.equal(nodes.length, 3, 'the object, its list, the term');
  t.equal(nodes.at(-1)?.[1].length, 2);
  t.equal(pathOf([variable('data'), text('a')]), 'data.a');
});
