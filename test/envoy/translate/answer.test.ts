import fc from 'fast-check';
import t from 'tap';
import { writeCheckResponse } from '../../../plugin/envoy/translate.ts';
import type { Answer } from '../../../plugin/exchange.ts';
import { decode } from '../wire.ts';

const pairs = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 4 });
const names = fc.array(fc.string(), { maxLength: 4 });
const metadata = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>, { maxKeys: 4 });
const allow = fc.record({
  kind: fc.constant('allow' as const),
  headersToSet: pairs,
  headersToRemove: names,
  responseHeadersToAdd: pairs,
  queryToSet: pairs,
  queryToRemove: names,
  metadata,
});
const deny = fc.record({
  kind: fc.constant('deny' as const),
  httpStatus: fc.oneof(fc.integer({ min: 200, max: 599 }), fc.integer(), fc.double()),
  headers: pairs,
  body: fc.string(),
  metadata,
});

interface Decoded {
  readonly status?: { readonly code?: number };
  readonly okResponse?: object;
  readonly deniedResponse?: {
    readonly status?: { readonly code?: unknown };
    readonly headers?: object;
    readonly body?: string;
  };
  readonly httpResponse?: string;
}

/** As Envoy decides: an OK status allows, whatever else is there. */
function seenAs(answer: Answer): Decoded {
  return decode('CheckResponse', writeCheckResponse(answer)) as Decoded;
}

t.test('no denial ever reads as an allow, and no answer leaves without a status and its one arm', async () => {
  fc.assert(
    fc.property(fc.oneof(allow, deny), (answer) => {
      const seen = seenAs(answer);
      const ok = (seen.status?.code ?? 0) === 0;
      const arm = answer.kind === 'allow' ? 'okResponse' : 'deniedResponse';
      return seen.status !== undefined && ok === (answer.kind === 'allow') && seen.httpResponse === arm;
    }),
    { numRuns: 300 },
  );
});

t.test('a status that no response can have is 403', async (t) => {
  for (const [status, sent] of [
    [302, 'Found'],
    [200, 'OK'],
    [418, 418],
    [0, 'Forbidden'],
    [199, 'Forbidden'],
    [600, 'Forbidden'],
    [403.5, 'Forbidden'],
    [Number.NaN, 'Forbidden'],
  ] as const) {
    const seen = seenAs({ kind: 'deny', httpStatus: status, headers: [], body: 'no', metadata: {} });
    t.equal(seen.deniedResponse?.status?.code, sent);
    t.equal(seen.deniedResponse?.body, 'no');
  }
});

t.test('an allow says what it changes; the second header of a name is added to the first', async (t) => {
  const seen = seenAs({
    kind: 'allow',
    headersToSet: [
      ['x-a', '1'],
      ['X-A', '2'],
    ],
    headersToRemove: ['range'],
    responseHeadersToAdd: [['set-cookie', 'a=b']],
    queryToSet: [['q', '1']],
    queryToRemove: ['r'],
    metadata: { release: 'full', n: [1, null, { x: true }] },
  });
  t.strictSame(JSON.parse(JSON.stringify(seen)), {
    status: {},
    okResponse: {
      headers: [
        { header: { key: 'x-a', value: '1' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' },
        { header: { key: 'X-A', value: '2' }, append: { value: true } },
      ],
      headersToRemove: ['range'],
      responseHeadersToAdd: [{ header: { key: 'set-cookie', value: 'a=b' }, append: { value: true } }],
      queryParametersToSet: [{ key: 'q', value: '1' }],
      queryParametersToRemove: ['r'],
    },
    httpResponse: 'okResponse',
    dynamicMetadata: {
      fields: {
        release: { stringValue: 'full', kind: 'stringValue' },
        n: {
          listValue: {
            values: [
              { numberValue: 1, kind: 'numberValue' },
              { nullValue: 'NULL_VALUE', kind: 'nullValue' },
              {
                structValue: { fields: { x: { boolValue: true, kind: 'boolValue' } } },
                kind: 'structValue',
              },
            ],
          },
          kind: 'listValue',
        },
      },
    },
  });
});

t.test('the headers of a denial have no option: Envoy drops those that say append', async (t) => {
  const headers = [
    ['set-cookie', 'a'],
    ['set-cookie', 'b'],
  ] as const;
  const seen = seenAs({ kind: 'deny', httpStatus: 403, headers, body: '', metadata: {} });
  const expected = headers.map(([key, value]) => ({ header: { key, value } }));
  t.strictSame(JSON.parse(JSON.stringify(seen.deniedResponse?.headers)), expected);
});
