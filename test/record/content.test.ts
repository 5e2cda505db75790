import t from 'tap';
import { credentialHeaders, metaOf, requestLines, responseLines } from '../../plugin/record/content.ts';
import { headerOf, principalOf, requestOf } from '../identity/request.ts';

t.test('what a recording is about has no content', async (t) => {
  const context = { session: 's', principal: principalOf({ claims: { secret: 'canary' } }), rule: null };
  const meta = metaOf('e-1', 'metadata', requestOf({ path: '/a?q=canary#canary' }), context, new Date(0));
  t.match(meta, { path: '/a', time: '1970-01-01T00:00:00.000Z', rule: null });
  t.notMatch(JSON.stringify(meta), /canary/);
});

t.test('credentials are dropped, a token in the query too', async (t) => {
  const headers = [...credentialHeaders, 'x-other', 'accept'].map((name) => headerOf(name, 'v'));
  const request = requestOf({ headers, path: '/a?b=1&access_token=canary&c=2' });
  t.match(requestLines(request, new Set([...credentialHeaders, 'x-other'])), {
    headers: [['accept', 'v']],
    path: '/a?b=1&access_token=&c=2',
    seen: true,
  });
  t.strictSame(responseLines({ status: 204, headers }, new Set(credentialHeaders)).headers, [
    ['x-other', 'v'],
    ['accept', 'v'],
  ]);
});
