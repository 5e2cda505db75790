import t from 'tap';
import { found, withoutOpa } from './rego.ts';

const bad: readonly (readonly [rules: string, finding: RegExp])[] = [
  ['allow := {"allowed": true, "reson": "x"}', /^1 result "reson" is no member .* did you mean "reason"/],
  ['allow := "yes"', /^1 result the result must be a boolean or an object, this is string/],
  ['default allow := []', /^1 result .* this is array/],
  ['allow := {"rule": "x"}', /^1 result the result has no "allowed"/],
  ['allow := {"allowed": "true"}', /^1 result \$\.allowed: expected a boolean/],
  ['allow := {"allowed": false, "http_status": 299}', /^1 result \$\.http_status/],
  ['allow := {"allowed": true, "dynamic_metadata": {"release": "skip"}}', /^1 result \$\.dynamic_metadata\.release/],
  ['allow := {"allowed": true, "mask": [{"key": "a", "with": "x"}]}', /^1 result mask\[0\]\.with/],
  ['allow := {"allowed": true, "mask": [{"path": "$.a[?(@.b)]", "with": "drop"}]}', /^1 result mask\[0\]/],
  ['allow := {"allowed": true, "record": "all"}', /^1 result record: expected one of/],
  ['allow := {"allowed": false, "hold": {}}', /^1 result hold: expected either/],
  [
    'allow := {"allowed": true, "hold": {"approvals": [{"group": "dba"}]}}',
    /^1 result a hold stands only beside "allowed": false/,
  ],
  ['allow := {"allowed": true, "mask": m}\n\nm := [{"key": "a"}]', /^1 result mask\[0\]\.with/],
  [
    'allow := {"allowed": true, "mask": [{"key": "a", "with": "x"}, f(1)]}\n\nf(x) := {"key": x}',
    /^1 result mask\[0\]/,
  ],
  ['allow := f(1)\n\nf(x) := {"allowed": true, "labls": {"x": x}}', /^3 result "labls"/],
  ['allow := true if input.truncated_body else := {"allowd": true}', /^1 result "allowd"/],
  ['allow := a[input.parsed_path[0]]\n\na["x"] := {"allowed": 1}', /^3 result \$\.allowed/],
  ['allow := a[input.parsed_path[0]]\n\na := {"x": {"allowed": true, "by": 1}}', /^3 result "by"/],
  ['allow := true\n\nresponse := {"allowed": true, "headers": {}}', /^3 result "headers" is no member/],
];
for (const [rules, finding] of bad)
  t.test(rules, { skip: withoutOpa }, async (t) => {
    t.match(
      (await found(t, rules)).filter((line) => line.includes(' result ')),
      [finding],
    );
  });

const good: readonly string[] = [
  'default allow := false\n\nallow if input.truncated_body',
  'allow := {"allowed": true, "mask": m, "headers": {"x": input.principal.id}}\n\nm := [{"key": "a", "with": "drop"}]',
  'allow := object.union({"allowed": true}, {"rule": "x"})',
  'allow := {"allowed": false, "hold": {"approvals": [{"group": g}], "reason": "r"}} if some g in input.principal.groups',
  'allow := a[input.parsed_path[0]]\n\na := {"x": {"allowed": true}, "y": b}\n\nb := {"allowed": false, "body": "no"}',
  'allow := true\n\nother := {"unknown": 1}',
  'allow := true\n\nresponse := {"allowed": true, "mask": [{"key": "a", "with": "drop"}], "http_status": 502}',
];
for (const rules of good)
  t.test(rules, { skip: withoutOpa }, async (t) => {
    t.same(await found(t, rules), []);
  });
