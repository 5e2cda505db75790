import t from 'tap';
import { regex } from '../../../plugin/policy/builtins/regex.ts';
import { agreesWithOpa, context, withoutOpa } from '../rego.ts';

t.test('regular expressions agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(t, [
    ...[
      '"foo bar", "o+", "0"',
      '"-ab-axxb-", "a(x*)b", "T"',
      '"-ab-axxb-", "a(x*)b", "$1"',
      '"-ab-axxb-", "a(x*)b", "$1W"',
      `"-ab-axxb-", "a(x*)b", "$${'{1}'}W"`,
      `"-ab-axxb-", "a(?P<in>x*)b", "<$in|$${'{in}'}|$$|$nope>"`,
      '"abc", "", "-"',
      '"é😀", "", "-"',
      '"aaa", "a*", "x"',
      '"baaac", "a*", "x"',
      '"", "a*", "x"',
      '"a.b", "\\\\.", "\\\\"',
      '"ab", "(", "x"',
      '"ab", "(?=a)", "x"',
      '"ÄÖ", "(?i)ä", "$0$0"',
    ].map((call) => `regex.replace(${call})`),
    ...[
      '"/", "foo/bar/baz"',
      '"o", "foo"',
      '"", "abc"',
      '"a*", "baaac"',
      '"x", ""',
      '"", ""',
      '"a", "a"',
      '"[,;]\\\\s*", "a, b;c"',
      '"b*", "abbbacb"',
    ].map((call) => `regex.split(${call})`),
    ...[
      '"a.", "paranormal", -1',
      '"a.", "paranormal", 2',
      '"a.", "paranormal", 0',
      '"z", "paranormal", -1',
      '"a*", "baac", -1',
      '"[", "x", 1',
    ].map((call) => `regex.find_n(${call})`),
    ...[
      '"urn:foo:{.*}", "urn:foo:bar:baz", "{", "}"',
      '"urn:foo:<.*>", "urn:foo:bar:baz", "<", ">"',
      '"urn.foo:{[a-z]{2}}", "urn.foo:ab", "{", "}"',
      '"urn.foo:{[a-z]+}", "urnXfoo:ab", "{", "}"',
      '"{a", "a", "{", "}"',
      '"a}", "a", "{", "}"',
      '"abc", "abc", "{", "}"',
      '"abc", "abc", "{{", "}"',
    ].map((call) => `regex.template_match(${call})`),
  ]);
});

t.test('work beyond what is paid for is not begun', (t) => {
  const poor = {
    ...context,
    charge(steps: number) {
      if (steps > 1e6) throw new RangeError('no steps left');
    },
  };
  const long = 'a'.repeat(100_000);
  t.throws(() => regex['regex.replace']([long, '(a{1,500}){2}', ''], poor), /no steps/);
  t.throws(() => regex['regex.find_n'](['x'.repeat(10_000), 'x', -1], poor), /no steps/, 'a pattern that is long');
  t.end();
});
