import { createHash } from 'node:crypto';
import t from 'tap';
import type { Ledger, ResponseFacts } from '../../plugin/audit/event.ts';
import { CountersignError } from '../../plugin/errors.ts';
import { type Opening, openRelease, type ReleaseParts, type Reply } from '../../plugin/exchange/release.ts';
import { pack } from '../../plugin/exchange/travel.ts';
import { parsePlan, planDigest } from '../../plugin/mask/plan.ts';
import type { Policy } from '../../plugin/policy/policy.ts';
import { readResponse } from '../../plugin/policy/respond.ts';
import type { Recorder } from '../../plugin/record/recorder.ts';
import type { Json } from '../../plugin/request.ts';
import { openTelemetry } from '../../plugin/telemetry.ts';

/** A ledger that remembers, and can be told to fail: a fault that a real log would not show at will. */
function parts(broken = false) {
  const entered: ResponseFacts[] = [];
  const deviations: string[] = [];
  const counted: (readonly [session: string, count: number])[] = [];
  const ledger: Pick<Ledger, 'responded' | 'deviation'> = {
    async responded(facts) {
      if (broken) throw new CountersignError('audit_broken', 'no log');
      entered.push(facts);
    },
    async deviation(what) {
      deviations.push(what);
    },
  };
  const made: ReleaseParts = {
    ledger: ledger as Ledger,
    recorder: {} as Recorder,
    sessions: { masked: (session, count) => void counted.push([session, count]) },
    keys: { default: Buffer.alloc(32, 1) },
    telemetry: openTelemetry('silent'),
    policy: () => null,
  };
  return { parts: made, entered, deviations, counted };
}

const exchange = '0192f0c1-2f00-7000-8000-000000000000';

function opening(plan: readonly object[], head: Partial<Opening['head']> = {}, rest: Partial<Opening> = {}): Opening {
  const own = pack(
    {
      exchange,

      policyDigest: 'a'.repeat(64),
      plan,
      planDigest: planDigest(parsePlan(plan)),
      record: 'metadata',
      carry: null,
      session: 'c'.repeat(32),
    },
    'full',
  )({ origin: 'e1.w.example.com', seq: 4 });
  return {
    head: { status: 200, headers: [{ name: 'content-type', value: Buffer.from('application/json') }], ...head },
    endOfStream: false,
    metadata: { 'envoy.filters.http.ext_authz': own },
    attributes: { 'response.code_details': 'via_upstream', 'request.method': 'GET' },
    ...rest,
  };
}

const masked = [{ key: 'ssn', with: 'redact', rule: 'pii/ssn' }];
const text = (replies: readonly Reply[]) =>
  Buffer.concat(replies.flatMap((reply) => (reply.kind === 'body' ? [reply.bytes] : []))).toString();
const kinds = (replies: readonly Reply[]) => replies.map(({ kind }) => kind);

t.test('a masked body leaves masked, and its end waits for its entry', async (t) => {
  const { parts: on, entered, counted } = parts();
  const { release, replies } = openRelease(on, opening(masked));
  t.same(await replies, [], 'the head waits for the first output that is certain');
  const first = await release.body(Buffer.from('{"a":1,"ssn":"078-05-'), false);
  t.notMatch(text(first), /078/);
  t.equal(entered.length, 0);
  const last = await release.body(Buffer.from('1120"}'), true);
  const body = text([...first, ...last]);
  t.match(body, /^\{"a":1,"ssn":"\[masked/);
  t.match(last.at(-1), { kind: 'body', end: true, masked: 1 });
  t.match(entered, [
    {
      exchange,
      status: 200,
      outcome: 'complete',
      length: body.length,
      masks: [{ rule: 'pii/ssn', count: 1 }],
      decision: { seq: 4 },
    },
  ]);
  t.same(counted, [['c'.repeat(32), 1]]);
  t.same(entered[0]?.digest, createHash('sha256').update(body).digest());
});

t.test('an empty plan passes every byte as it came, the head at once', async (t) => {
  const { parts: on, entered } = parts();
  const { release, replies } = openRelease(on, opening([]));
  t.same(kinds(await replies), ['headers']);
  const bytes = Buffer.from([0, 255, 10, 13, 200]);
  t.same(text(await release.body(bytes, false)), bytes.toString());
  const last = await release.body(Buffer.alloc(0), true);
  t.same(last, [{ kind: 'body', bytes: new Uint8Array(0), end: true, masked: 0 }]);
  t.equal(entered[0]?.length, 5);
});

/** Some 700 KB of JSON in which each value is a hit. */
const long = Buffer.from(JSON.stringify(Array.from({ length: 30_000 }, (_, n) => ({ ssn: `${1e9 + n}` }))));

t.test('a long chunk is masked as one, and others have their turn meanwhile', async (t) => {
  const { parts: on, entered } = parts();
  const { release } = openRelease(on, opening(masked));
  let turns = 0;
  const others = setInterval(() => {
    turns += 1;
  }, 0);
  const replies = await release.body(long, true);
  clearInterval(others);
  t.ok(turns > 1, `${turns} turns`);
  t.equal(JSON.parse(text(replies)).length, 30_000);
  t.match(entered, [{ outcome: 'complete', length: text(replies).length, masks: [{ count: 30_000 }] }]);
});

t.test('a long chunk that is no JSON at its end is refused before the head, or rejects after it', async (t) => {
  const broken = Buffer.concat([long, Buffer.from('nonsense')]);
  const first = parts();
  t.same(kinds(await openRelease(first.parts, opening(masked)).release.body(broken, true)), ['refuse']);
  t.match(first.entered, [{ outcome: 'refused', length: 0 }]);
  const later = openRelease(parts().parts, opening(masked)).release;
  t.same(kinds(await later.body(Buffer.from('[1,'), false)), ['headers', 'body']);
  await t.rejects(Promise.resolve(later.body(broken, true)), { code: 'mask_impossible' });
});

t.test('a caller who leaves while a long chunk is masked ends the work', async (t) => {
  const { parts: on, entered } = parts();
  const { release } = openRelease(on, opening(masked));
  const masking = release.body(long, true);
  await release.leave('aborted', 'caller left');
  t.same(await masking, []);
  t.match(entered, [{ outcome: 'aborted', length: 0 }]);
});

t.test('trailers end a body: what was held back comes first', async (t) => {
  const { parts: on } = parts();
  const { release } = openRelease(on, opening(masked));
  await release.body(Buffer.from('{"ssn":"1"}'), false);
  const replies = await release.trailers([{ name: 'digest', value: Buffer.from('x') }]);
  t.match(replies.at(-1), { kind: 'trailers', remove: ['digest'] });
});

t.test('headers and trailers are masked, and counted', async (t) => {
  const { parts: on, entered } = parts();
  const plan = [{ header: 'x-a', with: 'redact', rule: 'h' }];
  const lines = [{ name: 'x-a', value: Buffer.from('secret') }];
  const { release, replies } = openRelease(on, opening(plan, { headers: lines }));
  t.match(await replies, [{ kind: 'headers', set: [['x-a', '[masked:h]'], ['cache-control']] }]);
  t.match((await release.trailers(lines)).at(-1), { kind: 'trailers', set: [['x-a', '[masked:h]']], masked: 2 });
  t.match(entered, [{ masks: [{ rule: 'h', field: 'header:x-a', count: 2 }] }]);
});

t.test('what can not be masked is refused before the head', async (t) => {
  for (const [head, body] of [
    [{ headers: [{ name: 'content-type', value: Buffer.from('image/png') }] }, ''],
    [
      {
        headers: [
          { name: 'content-type', value: Buffer.from('application/json') },
          { name: 'content-encoding', value: Buffer.from('compress') },
        ],
      },
      '',
    ],
    [{}, 'not JSON'],
  ] as const) {
    const { parts: on, entered } = parts();
    const { release, replies } = openRelease(on, opening(masked, head));
    const opened = await replies;
    const all = body === '' ? opened : await release.body(Buffer.from(body), true);
    t.match(all, [{ kind: 'refuse', status: 502 }]);
    t.match(entered, [{ outcome: 'refused', detail: 'mask_impossible' }]);
  }
});

t.test('after the head a fault throws: the stream must be cut', async (t) => {
  const { parts: on, entered } = parts();
  const { release } = openRelease(on, opening(masked));
  const filler = Buffer.from(`{"a":"${'x'.repeat(300_000)}`);
  t.same(kinds(await release.body(filler, false))[0], 'headers');
  t.throws(() => release.body(Buffer.from([0xff]), false), { code: 'mask_impossible' });
  await release.leave('cut', 'mask_impossible');
  t.match(entered, [{ outcome: 'cut', detail: 'mask_impossible' }]);
});

t.test('no complete response without its entry', async (t) => {
  const { parts: on } = parts(true);
  const { release } = openRelease(on, opening([]));
  await t.rejects(Promise.resolve(release.body(Buffer.from('x'), true)), { code: 'audit_broken' });
});

t.test('an upstream without our decision is refused and entered as a deviation', async (t) => {
  const { parts: on, entered, deviations } = parts();
  const { replies } = openRelease(on, opening([], {}, { metadata: {} }));
  t.match(await replies, [{ kind: 'refuse', status: 502 }]);
  t.same(deviations, ['response without decision']);
  t.match(entered, [{ outcome: 'refused', decision: null }]);
  const { replies: unsaid } = openRelease(on, opening([], {}, { metadata: {}, attributes: {} }));
  t.match(await unsaid, [{ kind: 'refuse' }], 'without the attribute nothing counts as local');
});

t.test("what Envoy's cache answers is an upstream's content, and is masked as such", async (t) => {
  for (const details of ['cache.insert_via_upstream', 'cache.response_from_cache_filter', 'via_upstream']) {
    const { parts: on, entered } = parts();
    const { release } = openRelease(on, opening(masked, {}, { attributes: { 'response.code_details': details } }));
    t.notMatch(text(await release.body(Buffer.from('{"ssn":"078-05-1120"}'), true)), /078/, details);
    t.match(entered, [{ outcome: 'complete' }]);
  }
});

t.test("Envoy's own reply passes with headers of the list, and is entered", async (t) => {
  const { parts: on, entered } = parts();
  const headers = ['content-type', 'x-powered-by', 'date'].map((name) => ({ name, value: Buffer.from('x') }));
  const { release, replies } = openRelease(
    on,
    opening(
      [],
      { status: 413, headers },
      { metadata: {}, attributes: { 'response.code_details': 'request_payload_too_large' } },
    ),
  );
  t.match(await replies, [{ kind: 'headers', remove: ['x-powered-by'] }]);
  await release.body(Buffer.from('Payload Too Large'), true);
  t.match(entered, [{ status: 413, outcome: 'local', detail: 'request_payload_too_large', decision: null }]);
});

t.test('a response without a body is entered at its head', async (t) => {
  const { parts: on, entered } = parts();
  const { replies } = openRelease(on, opening(masked, { status: 204, headers: [] }, { endOfStream: true }));
  t.same(kinds(await replies), ['headers']);
  t.match(entered, [{ status: 204, outcome: 'complete', length: 0 }]);
});

t.test('a caller who leaves is entered with what they got', async (t) => {
  const { parts: on, entered } = parts();
  const { release } = openRelease(on, opening([]));
  await release.body(Buffer.from('abc'), false);
  await release.leave('aborted', 'caller left');
  await release.leave('aborted', 'caller left');
  t.match(entered, [{ outcome: 'aborted', length: 3 }]);
  t.equal(entered.length, 1);
});

/** The policy in force has this to say about every response. */
const saying = (result: Json | undefined) => {
  const made = parts();
  const respond = () => readResponse(result);
  const policy = { digest: 'b'.repeat(64), revision: 'r', respond } as unknown as Policy;
  return { ...made, parts: { ...made.parts, policy: () => policy } };
};

t.test(
  'a response that the policy denies is withheld whole, and the entry says that the upstream executed',
  async (t) => {
    const { parts: on, entered } = saying({ allowed: false, rule: 'late/no', reason: 'not for you' });
    const { release, replies } = openRelease(on, opening(masked));
    const [reply] = await replies;
    t.match(reply, { kind: 'refuse', status: 403, detail: 'countersign_response_denied' });
    t.match(JSON.parse(reply?.kind === 'refuse' ? reply.body : ''), {
      executed: true,
      rule: 'late/no',
      detail: 'not for you',
    });
    t.same(await release.body(Buffer.from('{"ssn":"1"}'), true), []);
    t.match(entered, [
      {
        outcome: 'refused',
        detail: 'response_denied: the upstream has executed',
        policyDigest: 'a'.repeat(64),
        respond: { digest: 'b'.repeat(64), rule: 'late/no', reason: 'not for you' },
      },
    ]);
    t.equal(entered.length, 1);
  },
);

t.test('a fault of the response rule is a 502 that does not quote it', async (t) => {
  const { parts: on, entered } = saying({ allowed: true, hold: { secret: 1 } });
  t.match(await openRelease(on, opening([])).replies, [{ kind: 'refuse', status: 502, body: /policy-error/ }]);
  t.match(entered, [{ outcome: 'refused', respond: { reason: /\$\.hold/ } }]);
});

t.test(
  "the response's own masks apply beside the decision's; its plan has a digest beside the decision's",
  async (t) => {
    const { parts: on, entered } = saying({ allowed: true, mask: [{ key: 'email', with: 'drop' }] });
    const { release } = openRelease(on, opening(masked));
    t.equal(
      text(await release.body(Buffer.from('{"ssn":"1","email":"a@b","c":1}'), true)),
      '{"ssn":"[masked:ssn]","c":1}',
    );
    t.match(entered, [{ outcome: 'complete', planDigest: planDigest(parsePlan(masked)), respond: { rule: '' } }]);
    t.match(entered[0]?.respond?.planDigest, /^[0-9a-f]{64}$/);
  },
);

t.test("Envoy's own reply is no response to ask about", async (t) => {
  const { parts: on, entered } = saying(false);
  const local = { attributes: { 'response.code_details': 'request_payload_too_large' } };
  t.match(await openRelease(on, opening([], {}, local)).replies, []);
  t.same(entered, []);
});
