import t from 'tap';
import { strings } from '../../../plugin/policy/builtins/strings.ts';
import { agreesWithOpa, context, withoutOpa } from '../rego.ts';

t.test('text functions agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(t, [
    'strings.any_prefix_match("abc", "ab")',
    'strings.any_prefix_match(["abc", "xyz"], {"q", "xy"})',
    'strings.any_prefix_match({"abc"}, ["b"])',
    'strings.any_suffix_match("abc", ["bc", "x"])',
    'strings.any_suffix_match([], ["bc"])',
    'strings.count("cheese", "e")',
    'strings.count("aaa", "aa")',
    'strings.count("é😀", "")',
    'sprintf("%s", ["x"])',
    ...[
      '"abc", "", 2',
      '"a,b,c", ",", 2',
      '"a,b,c", ",", 0',
      '"a,b,c", ",", 9',
      '"a,b,c", ",", -2',
      '"a,b,c", ",", -9',
      '"", ",", 1',
      '"é😀x", "", -2',
    ].map((call) => `strings.split_n(${call})`),
    ...['"sad", "a"', '"aaaa", "aa"', '"é😀é😀", "😀"', '"é😀é😀", "x"', '"a", ""', '"a", "abc"'].map(
      (call) => `indexof_n(${call})`,
    ),
    'glob.quote_meta("*.a?[b]{c,d}!\\\\-")',
    'trace("x")',
    '$"{1 + 1} is {["x"]}"',
    'regex.match("^a+$", "aaa")',
    'glob.match("/people*", [], "/people/1")',
  ]);
});

t.test('a format needs an array', async (t) => {
  t.throws(() => strings.sprintf(['%s'], { ...context, rego: () => '"x"' }), TypeError);
});
