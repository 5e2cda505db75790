import t from 'tap';
import { parseQuery, pathUnescape, queryEscape, queryUnescape } from '../../plugin/policy/url.ts';

t.test('a plus is a space in a query only', async (t) => {
  t.equal(pathUnescape('/a+b%20c%2Fd'), '/a+b c/d');
  t.equal(queryUnescape('a+b%2B'), 'a b+');
});

t.test('bytes that are no UTF-8 become U+FFFD', async (t) => t.equal(pathUnescape('%ff%c3%a9é'), '\ufffdéé'));

for (const bad of ['%', '%4', '%zz', 'a%'])
  t.test(`"${bad}" is refused`, async (t) => t.throws(() => pathUnescape(bad), { code: 'policy_error' }));

t.test('queries keep every value in order', async (t) => {
  t.strictSame(parseQuery('a=1&b&a=2&&c=x=y&=z'), { a: ['1', '2'], b: [''], c: ['x=y'], '': ['z'] });
  t.strictSame(Object.keys(parseQuery('__proto__=1')), ['__proto__']);
});

t.test('a semicolon and too many parameters are refused', async (t) => {
  t.throws(() => parseQuery('a=1;b=2'), { code: 'policy_error' });
  t.throws(() => parseQuery('a&'.repeat(10_001)), { code: 'policy_error' });
});

t.test('escaping is what unescaping undoes', async (t) => {
  t.equal(queryEscape("a b!'()*~é&"), 'a+b%21%27%28%29%2A~%C3%A9%26');
  t.equal(queryUnescape(queryEscape("a b!'()*~é&%+")), "a b!'()*~é&%+");
});
