import t from 'tap';
import { readCanonical } from '../../plugin/verify/canonical.ts';

t.test('only the one encoding of a value is read', async (t) => {
  t.same(readCanonical(Buffer.from('{"a":[1,"é",null],"b":{"c":true}}')), {
    value: { a: [1, 'é', null], b: { c: true } },
  });
  for (const [text, fault] of [
    ['{"b":1,"a":2}', 'canonical form'],
    ['{"a":1 }', 'canonical form'],
    ['{"a":1.0}', 'canonical form'],
    ['{"a":-0}', 'canonical form'],
    ['{"a":"\\u0041"}', 'canonical form'],
    ['{"a":1}\n', 'canonical form'],
    ['{"a":1,"a":1}', 'same member twice'],
    ['{"a":1,"\\u0061":2}', 'same member twice'],
    ['{"b":[{"c":1,"c":1}]}', 'same member twice'],
    ['{"a":1e999}', 'no form'],
    ['{"a":"\\ud800"}', 'no form'],
    [`${'['.repeat(60_000)}${']'.repeat(60_000)}`, ''],
    ['{"a":1', 'not JSON'],
    ['', 'not JSON'],
    ['\ufeff{}', 'not JSON'],
  ] as const)
    t.match(readCanonical(Buffer.from(text)), { fault: new RegExp(fault) }, text.slice(0, 40));
  t.match(readCanonical(Buffer.from([0x22, 0xff, 0x22])), { fault: /UTF-8/ });
});
