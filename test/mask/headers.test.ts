import t from 'tap';
import { compilePlan } from '../../plugin/mask/compile.ts';
import { requestHeadersToRemove, responseHeaderChanges, trailersToRemove } from '../../plugin/mask/headers.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';

const lines = (...names: readonly string[]) => names.map((name) => ({ name, value: Buffer.from('x') }));
const plan = parsePlan([{ key: 'ssn', with: 'redact' }]);
const telling = [
  'etag',
  'content-length',
  'content-md5',
  'digest',
  'repr-digest',
  'content-digest',
  'accept-ranges',
  'x-amz-checksum-sha256',
  'x-goog-hash',
];

t.test('what tells of the original is removed, and nothing else', async (t) => {
  const head = { status: 200, headers: lines('content-type', ...telling, 'etag', 'x-request-id') };
  t.same(responseHeaderChanges(compilePlan(plan), head), {
    remove: telling,
    set: [['cache-control', 'private, no-store']],
  });
  t.same(trailersToRemove(compilePlan(plan), lines('digest', 'server-timing')), ['digest']);
});

t.test('what is decoded to be masked leaves without an encoding', async (t) => {
  const head = { status: 200, headers: lines('content-type', 'content-encoding') };
  t.same(responseHeaderChanges(compilePlan(plan), head).remove, ['content-encoding']);
  t.same(responseHeaderChanges(compilePlan([]), head).remove, []);
});

t.test('a caller can not ask for parts, conditions or encodings of what is masked', async (t) => {
  const removed = requestHeadersToRemove(plan);
  for (const name of [
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
    'if-range',
    'range',
    'last-event-id',
    'accept-encoding',
  ])
    t.ok(removed.includes(name), name);
});

t.test('an empty plan changes nothing', async (t) => {
  const empty = compilePlan([]);
  t.same(responseHeaderChanges(empty, { status: 200, headers: lines('etag') }), { remove: [], set: [] });
  t.same(trailersToRemove(empty, lines('digest')), []);
  t.same(requestHeadersToRemove([]), []);
});
