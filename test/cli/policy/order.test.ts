import t from 'tap';
import { found, withoutOpa } from './rego.ts';

const names = 'names contains g if some g in input.principal.groups';
const seen: readonly (readonly [expression: string, says: RegExp])[] = [
  ['concat(",", names)', /concat\(\) of a set/],
  ['concat(",", {g | some g in input.principal.groups})', /concat\(\) of a set/],
  ['concat(",", object.keys(input.parsed_query))', /concat\(\) of a set/],
  ['concat(",", names | {"x"})', /concat\(\) of a set/],
  ['concat(",", names - {"x"})', /concat\(\) of a set/],
  ['json.marshal(names)', /json\.marshal\(\) of a set/],
  ['json.marshal({"a": 1, "b": 2})', /json\.marshal\(\) of a object/],
  ['json.marshal(input.attributes.request.http.headers)', /json\.marshal\(\) of a object/],
  ['sprintf("%v", [names])', /sprintf\(\) of a set/],
  ['[g | some g in names]', /array made of a set/],
  ['[k | some k, _ in input.parsed_query]', /array made of a object/],
  ['[v | v := input.attributes.request.http.headers[_]]', /array made of a object/],
  ['[g | names[g]]', /array made of a set/],
  ['[x | some x in {1, 2}]', /array made of a set/],
];
for (const [expression, says] of seen)
  t.test(expression, { skip: withoutOpa }, async (t) => {
    const rules = `${names}\n\nallow := {"allowed": true, "labels": {"x": x}} if x := ${expression}`;
    t.match(await found(t, rules), [says]);
  });

const unseen: readonly string[] = [
  'concat(",", sort(names))',
  'concat(",", [g | some g in input.principal.groups])',
  'sort([g | some g in names])',
  'count([g | some g in names])',
  '{g | some g in names}',
  'json.marshal({"a": 1})',
  'json.marshal(input.principal.id)',
  'sprintf("%v", [input.principal.id])',
  '[g | some g in input.principal.groups; g in names]',
  '[g | some g in input.principal.groups; names[g]]',
  'max([count(v) | some v in input.parsed_query])',
];
for (const expression of unseen)
  t.test(expression, { skip: withoutOpa }, async (t) => {
    const rules = `${names}\n\nallow := {"allowed": true, "labels": {"x": x}} if x := ${expression}`;
    t.same(await found(t, rules), []);
  });

t.test('a list that is sorted later has an order', { skip: withoutOpa }, async (t) => {
  const rules = (use: string) =>
    `${names}\n\nallow := {"allowed": true, "labels": {"x": x}} if {\n\txs := [g | some g in names]\n\tx := ${use}\n}`;
  t.same(await found(t, rules('sort(xs)')), []);
  t.match(await found(t, rules('xs[0]')), [/^4 order an array/]);
});
