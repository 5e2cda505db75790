import t from 'tap';
import { encoding } from '../../../plugin/policy/builtins/encoding.ts';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

t.test('encodings agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    [
      'hex.encode("é😀")',
      'hex.decode("c3A9")',
      'hex.decode("c3a")',
      'hex.decode("zz")',
      'base64url.encode_no_pad("a?>é")',
      'base64url.decode("w6k")',
      'base64.decode("w6k=")',
      'urlquery.encode("a b+c&d=é/\'()*!~")',
      'urlquery.decode("a+b%20c%C3%A9")',
      'urlquery.decode("%zz")',
      'urlquery.encode_object({"b": ["2", "1"], "a": "x y", "é": "&"})',
      'urlquery.encode_object({"a": input.n})',
      'urlquery.decode_object("b=2&a=x+y&b=1&c")',
      'urlquery.decode_object("a;b")',
    ],
    { n: 1 },
  );
});

t.test('an odd number of digits is no hex', async (t) => {
  t.throws(() => encoding['hex.decode'](['abc']), TypeError);
});
