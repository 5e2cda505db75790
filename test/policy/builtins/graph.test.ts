import t from 'tap';
import { agreesWithOpa, compile, withoutOpa } from '../rego.ts';

const calls: readonly (readonly [graph: string, initial: string])[] = [
  ['{"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}', '["a"]'],
  ['{"a": {"b"}, "b": {"a", "c"}}', '{"a"}'],
  ['{"a": ["a"]}', '["a"]'],
  ['{"a": [], "b": ["x"]}', '["a", "b", "z"]'],
  ['input.odd', '["a", "b"]'],
  ['{}', '["a"]'],
  ['{1: [2], 2: [{"k": 1}], {"k": 1}: []}', '[1]'],
];

t.test('paths agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    calls.map(([graph, initial]) => `sort([path | some path in graph.reachable_paths(${graph}, ${initial})])`),
    { odd: { a: null, b: ['a'] } },
  );
});

t.test('a graph with too many paths is cut off', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow if count(graph.reachable_paths(input.graph, ["0"])) > 0');
  const complete = (size: number) => {
    const names = Array.from({ length: size }, (_, i) => String(i));
    return { graph: Object.fromEntries(names.map((name) => [name, names])) };
  };
  t.match(policy.decide(complete(30)), { allowed: false, fault: /steps, the limit/ });
  t.equal(policy.decide(complete(3)).allowed, true);
});
