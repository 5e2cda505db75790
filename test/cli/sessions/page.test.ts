import t from 'tap';
import {
  ascii,
  checksOf,
  headPage,
  metaLine,
  pageOf,
  requestPage,
  sessionLine,
} from '../../../plugin/cli/sessions/page.ts';
import type { PartJson } from '../../../plugin/console/sessions.ts';
import { metaOf } from '../../../plugin/record/content.ts';
import { principalOf, requestOf } from '../../identity/request.ts';

const part = (head: unknown, content: Buffer, complete = true): PartJson => ({
  head,
  chunks: [{ at: 0, base64: content.toString('base64') }],
  sha256: 'ab',
  bytes: content.length,
  complete,
});
const hostile = principalOf({ id: 'eve\nroot', actors: [{ id: 'bot\u202e', issuer: 'i' }] });
const meta = metaOf(
  'e-1',
  'full',
  requestOf({ path: '/a\u001b' }),
  { session: 's', principal: hostile, rule: 'r\r' },
  new Date(0),
);

t.test('a page keeps each field on its line', async (t) => {
  const page = pageOf({
    meta,
    request: null,
    response: part({ status: 200, headers: [['a', 'b\nc']] }, Buffer.from([0xff])),
  });
  t.match(page, [/e-1/, /session/, /1970-01-01/, /eve<U\+000A>root by bot<U\+202E>/, /r<U\+000D>/]);
  t.ok(page.includes('< a: b<U+000A>c'));
  t.ok(page.some((line) => /1 bytes that are not text/.test(line)));
  t.match(metaLine(meta), /\/a<U\+001B>/);
  t.match(
    sessionLine({ session: 's', principal: meta.principal, exchanges: 2, first: 'f', last: 'l' }),
    /2 {2}eve<U\+000A>/,
  );
});

t.test('what is missing is said', async (t) => {
  t.match(headPage(null), ['(the response was not recorded)']);
  t.match(headPage(part(null, Buffer.alloc(0))), [/cut before its head/]);
  t.match(requestPage(part(null, Buffer.alloc(0))), [/cut before its head/]);
  t.strictSame(requestPage(null), []);
  const unseen = { method: 'GET', scheme: 'https', authority: 'a', path: '/', headers: [], seen: false };
  t.match(requestPage(part(unseen, Buffer.alloc(0))).join(), /not seen/);
  t.match(checksOf({ meta, request: null, response: part({}, Buffer.from('x'), false) }).join(), /INCOMPLETE/);
  t.equal(ascii('"\u202eü"'), '"\\u202e\\u00fc"');
});
