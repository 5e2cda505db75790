import t from 'tap';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

const calls: readonly (readonly [document: string, operations: string])[] = [
  ['{"a": 1}', '[{"op": "add", "path": "/b", "value": {"c": [1]}}]'],
  ['{"a": 1}', '[{"op": "add", "path": "b", "value": 2}, {"op": "replace", "path": ["a"], "value": 3}]'],
  ['{"a": [1, 2, 3]}', '[{"op": "add", "path": "/a/1", "value": 9}, {"op": "add", "path": "/a/-", "value": 10}]'],
  ['{"a": [1, 2, 3]}', '[{"op": "remove", "path": "/a/0"}, {"op": "replace", "path": ["a", 1], "value": "x"}]'],
  ['{"a": [1, 2, 3]}', '[{"op": "add", "path": "/a/4", "value": 9}]'],
  ['{"a": [1, 2, 3]}', '[{"op": "add", "path": "/a/01", "value": 9}]'],
  ['{"a": [1, 2, 3]}', '[{"op": "remove", "path": "/a/3"}]'],
  ['{"a": {"b": 1}}', '[{"op": "move", "from": "/a/b", "path": "/c"}, {"op": "copy", "from": "/c", "path": "/a/d"}]'],
  ['{"a": {"b": 1}}', '[{"op": "test", "path": "/a/b", "value": 1}]'],
  ['{"a": {"b": 1}}', '[{"op": "test", "path": "/a/b", "value": 2}]'],
  ['{"a": {"b": 1}}', '[{"op": "remove", "path": "/x"}]'],
  ['{"a": {"b": 1}}', '[{"op": "replace", "path": "/x", "value": 1}]'],
  ['{"a": {"b": 1}}', '[{"op": "add", "path": "/x/y", "value": 1}]'],
  ['{"a": {"b": 1}}', '[{"op": "add", "path": "/a/b/c", "value": 1}]'],
  ['{"a/b": {"~": 1}}', '[{"op": "replace", "path": "/a~1b/~0", "value": 2}]'],
  ['{"a": 1}', '[{"op": "add", "path": "", "value": [1]}]'],
  ['{"a": 1}', '[{"op": "nothing", "path": "/a"}]'],
  ['{"a": 1}', '[{"op": "add", "path": "/a"}]'],
  ['{"a": 1}', 'input.five'],
  ['{"a": 1}', '[]'],
  ['[1, [2]]', '[{"op": "add", "path": "/1/0", "value": "é\\"x"}]'],
  ['[]', '[{"op": "add", "path": "/-", "value": null}]'],
];

t.test('patches agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    [
      ...calls.map(([document, operations]) => `json.patch(${document}, ${operations})`),
      'json.patch({"a": {1, 2}}, [{"op": "add", "path": ["a", 3], "value": 3}]) == {"a": {1, 2, 3}}',
      'json.patch({"a": {"x", "y"}}, [{"op": "remove", "path": "/a/x"}]) == {"a": {"y"}}',
      'json.patch({"a": {"x"}}, [{"op": "add", "path": "/a/x", "value": "z"}])',
      'json.patch({1: 2}, [{"op": "add", "path": [1], "value": set()}]) == {1: set()}',
    ],
    { five: [5] },
  );
});
