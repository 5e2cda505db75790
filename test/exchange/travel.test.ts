import fc from 'fast-check';
import t from 'tap';
import { pack, type Travelled, unpack } from '../../plugin/exchange/travel.ts';

const travelled: Travelled = {
  exchange: '0192f0c1-2f00-7000-8000-000000000000',
  origin: 'e1.gateway.example.com',
  seq: 41,
  policyDigest: 'a'.repeat(64),
  plan: [{ path: '$.ssn', with: 'redact' }],
  planDigest: 'b'.repeat(64),
  record: 'metadata',
  carry: { tenant: 'blue' },
  session: 'c'.repeat(32),
};
const { origin, seq, ...rest } = travelled;
const place = { origin, seq };
const metadata = (own: object) => ({ 'envoy.filters.http.ext_authz': own }) as Parameters<typeof unpack>[0];

t.test('what admit packs is what release unpacks', async (t) => {
  const packed = pack(rest, 'full')(place);
  t.match(packed, { decision_id: travelled.exchange, release: 'full' });
  t.match(unpack(metadata(packed)), travelled);
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), fc.nat(), (origin, seq) => {
      const back = unpack(metadata(pack(rest, 'skip')({ origin, seq })));
      return back?.origin === origin && back.seq === seq;
    }),
  );
});

t.test('what is larger than Envoy should carry is a fault of the policy', async (t) => {
  t.throws(() => pack({ ...rest, carry: { blob: 'x'.repeat(4096) } }, 'full'), { code: 'policy_result' });
});

t.test('what is missing, malformed or of another version is not known', async (t) => {
  const text = JSON.parse(String(pack(rest, 'full')(place).countersign)) as Record<string, unknown>;
  for (const own of [
    {},
    { countersign: 7 },
    { countersign: '{' },
    { countersign: '[]' },
    { countersign: 'null' },
    { countersign: JSON.stringify({ ...text, v: 2 }) },
    { countersign: JSON.stringify({ ...text, plan: 'none' }) },
    { countersign: JSON.stringify({ ...text, seq: '41' }) },
    { countersign: JSON.stringify({ ...text, carry: 'x' }) },
  ])
    t.equal(unpack(metadata(own)), null, JSON.stringify(own));
  t.equal(unpack({}), null);
  t.equal(unpack({ 'envoy.filters.http.ext_authz': 'text' }), null);
});
