import t from 'tap';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

const texts = [
  ...[
    'https://example.com:8080/api?q=1#top',
    'HTTP://Example.com',
    'http://[::1]:8080/path',
    'http://[fe80::1%25eth0]/',
  ],
  ...[
    'http://[::1',
    'http://[invalid',
    'http://a:b/',
    'http://a:/x',
    'http://a:80:80/',
    'http://user:p%40ss@host/x',
    'http://us er@host/',
  ],
  ...['/a/b', '/a%20b/%2F', '/a b', '/a!b', '/%zz', 'a/b', 'a:b', 'a/b:c', '1a:b', ':a', 'mailto:x@y.z', 'urn:a:b?x#y'],
  ...[
    '//host/path',
    '///path',
    '////path',
    'http:///path',
    'http:path',
    '?q',
    '#f',
    '#%zz',
    '/x?%zz',
    '/x?a#b#c',
    '/x?a?b',
  ],
  ...[
    'http://h%41/',
    'http://h%c3%a9/',
    'http://é/',
    'http://a b/',
    'http://a/b\\u0001',
    'file:///etc/passwd',
    '',
    ' ',
    '*',
  ],
  ...['http://a\\\\b/', 'http://a|b/', "/it's(1)*", '/$&+,:;=@', '/é', 'x://', 'http://1.2.3.4:65536/', '/..//./;a=b'],
];

t.test('URIs agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    [...texts.flatMap((text) => [`uri.parse("${text}")`, `uri.is_valid("${text}")`]), 'uri.is_valid(input.five)'],
    { five: 5 },
  );
});
