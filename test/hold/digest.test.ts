import fc from 'fast-check';
import t from 'tap';
import { type DigestParts, requestDigest } from '../../plugin/hold/digest.ts';
import type { Request } from '../../plugin/request.ts';
import { agent } from './people-of.ts';

const header = (name: string, value: string) => ({ name, value: Buffer.from(value) });

function parts(request: Partial<Request> = {}, over: Partial<DigestParts> = {}): DigestParts {
  return {
    request: {
      id: '1',
      method: 'POST',
      scheme: 'https',
      authority: 'db.example',
      path: '/sql?a=1',
      protocol: 'HTTP/2',
      headers: [header('content-type', 'application/json')],
      body: Buffer.from('{"sql":"DELETE"}'),
      extensions: {},
      jwt: null,
      peer: '',
      source: '',
      check: {},
      ...request,
    },
    principal: agent(),
    mutations: { headersToSet: [], headersToRemove: [], queryToSet: [], queryToRemove: [] },
    ignoreHeaders: [],
    ...over,
  };
}

const mutations = parts().mutations;

t.test('each part that is approved changes the digest (threats 3 and 15)', async (t) => {
  const plain = requestDigest(parts());
  for (const [name, other] of [
    ['method', parts({ method: 'PUT' })],
    ['scheme', parts({ scheme: 'http' })],
    ['authority', parts({ authority: 'db.example:443' })],
    ['path', parts({ path: '/sql?a=2' })],
    ['encoded path', parts({ path: '/%73ql?a=1' })],
    ['body', parts({ body: Buffer.from('{"sql":"DELETE" }') })],
    ['no body', parts({ body: Buffer.alloc(0) })],
    ['content type', parts({ headers: [header('content-type', 'text/plain')] })],
    ['impersonation', parts({ headers: [...parts().request.headers, header('impersonate-user', 'root')] })],
    ['override', parts({ headers: [...parts().request.headers, header('x-http-method-override', 'DELETE')] })],
    ['cookie', parts({ headers: [...parts().request.headers, header('cookie', 'session=2')] })],
    ['basic', parts({ headers: [...parts().request.headers, header('authorization', 'Basic cm9vdDo=')] })],
    ['subject', parts({}, { principal: agent({ id: 'other' }) })],
    ['issuer', parts({}, { principal: agent({ issuer: 'https://other.example' }) })],
    ['actor', parts({}, { principal: agent({ actors: [{ id: 'tool', issuer: 'https://idp.example.com' }] }) })],
    ['header set', parts({}, { mutations: { ...mutations, headersToSet: [['x-role', 'admin']] } })],
    ['header removed', parts({}, { mutations: { ...mutations, headersToRemove: ['x-role'] } })],
    ['query set', parts({}, { mutations: { ...mutations, queryToSet: [['dry', 'no']] } })],
    ['query removed', parts({}, { mutations: { ...mutations, queryToRemove: ['dry'] } })],
  ] as const)
    t.not(requestDigest(other), plain, name);
});

t.test('a repeated sending has the same digest', async (t) => {
  const plain = requestDigest(parts());
  const volatile = [
    'x-request-id',
    'traceparent',
    'date',
    'user-agent',
    'content-length',
    'x-b3-traceid',
    'connection',
  ];
  for (const name of volatile)
    t.equal(requestDigest(parts({ headers: [header(name, '7'), ...parts().request.headers] })), plain, name);
  const bearer = [...parts().request.headers, header('authorization', 'Bearer fresh')];
  t.equal(requestDigest(parts({ headers: bearer })), plain, 'a renewed token: the principal stands for it');
  t.equal(requestDigest(parts({ id: '2' })), plain, 'another stream');
  const nonce = parts({ headers: [...parts().request.headers, header('x-nonce', '1')] });
  t.not(requestDigest(nonce), plain);
  t.equal(requestDigest({ ...nonce, ignoreHeaders: ['x-nonce'] }), plain, 'a header that the policy ignores');
});

t.test('a token stands for the principal only where the principal came from it', async (t) => {
  const principal = agent({ method: 'mtls' });
  const bearer = parts(
    { headers: [...parts().request.headers, header('authorization', 'Bearer other')] },
    { principal },
  );
  t.not(requestDigest(bearer), requestDigest(parts({}, { principal })));
});

t.test('what nobody can approve can not be held', async (t) => {
  for (const [name, refused] of [
    ['a truncated body', parts({ body: null })],
    ['announced trailers', parts({ headers: [header('trailer', 'x-sum')] })],
    ['te: trailers', parts({ headers: [header('te', 'gzip'), header('te', 'Trailers')] })],
    ['nobody', parts({}, { principal: agent({ method: 'none' }) })],
    ['half a surrogate pair', parts({ path: '/\ud800' })],
    ['a path beyond ASCII', parts({ path: '/\u00e4' })],
    ['an authority with a space', parts({ authority: 'a b' })],
  ] as const)
    t.throws(() => requestDigest(refused), { code: 'hold_impossible' }, name);
});

t.test('announced trailers do no harm where Envoy removes them', async (t) => {
  const removed = parts({ headers: [header('te', 'trailers')], extensions: { 'countersign.trailers': 'removed' } });
  t.match(requestDigest(removed), /^[0-9a-f]{64}$/);
});

const text = fc.string({ maxLength: 6 });
const printable = fc.stringMatching(/^[!-~]{0,6}$/);
const pairs = fc.array(fc.tuple(text, text), { maxLength: 3 });
const texts = fc.array(text, { maxLength: 3 });
const anyParts = fc
  .record({
    strings: fc.tuple(text, text, printable, printable),
    body: fc.uint8Array({ maxLength: 6 }),
    headers: fc.array(fc.tuple(fc.constantFrom('a', 'ab', 'b'), text), { maxLength: 3 }),
    subject: fc.tuple(text, text),
    actors: pairs,
    mutations: fc.record({ headersToSet: pairs, headersToRemove: texts, queryToSet: pairs, queryToRemove: texts }),
  })
  .map(({ strings: [method, scheme, authority, path], body, headers, subject, actors, mutations }) =>
    parts(
      { method, scheme, authority, path, body: Buffer.from(body), headers: headers.map(([n, v]) => header(n, v)) },
      {
        principal: agent({
          id: subject[0],
          issuer: subject[1],
          actors: actors.map(([id, issuer]) => ({ id, issuer })),
        }),
        mutations,
      },
    ),
  );

/** What the digest says, as plain JSON, to compare two requests by. */
function meaning({ request, principal, mutations }: DigestParts): string {
  const headers = request.headers.map(({ name, value }) => [name, value.toString('hex')]);
  const sorted = headers.toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0));
  const { method, scheme, authority, path, body } = request;
  return JSON.stringify([
    method,
    scheme,
    authority,
    path,
    body,
    sorted,
    principal.id,
    principal.issuer,
    principal.actors,
    mutations,
  ]);
}

t.test('two requests share a digest only when they are the same', async () => {
  fc.assert(
    fc.property(anyParts, anyParts, (a, b) => (requestDigest(a) === requestDigest(b)) === (meaning(a) === meaning(b))),
    { numRuns: 300 },
  );
});

t.test('bytes that move from one part to the next are another request', async () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{1,8}$/), fc.nat(8), fc.nat(8), (all, at, to) => {
      const [i, j] = [at % (all.length + 1), to % (all.length + 1)];
      const split = (k: number) => parts({ authority: all.slice(0, k), path: all.slice(k) });
      return (requestDigest(split(i)) === requestDigest(split(j))) === (i === j);
    }),
    { numRuns: 300 },
  );
});
