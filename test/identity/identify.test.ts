import t from 'tap';
import { type IdentityConfig, identify } from '../../plugin/identity/identify.ts';
import type { Request } from '../../plugin/request.ts';
import { headerOf, requestOf } from './request.ts';

const jwt = { iss: 'https://idp.example', sub: 'alice' };
const peer = 'spiffe://example.org/user/alice';
const issuers = [{ issuer: 'https://idp.example' }];
const header = { name: 'X-Peer' };
const trusting = { extensions: { 'countersign.identity': 'header' } };

t.test('who asks', async (t) => {
  const rows: [string, Request, Omit<IdentityConfig, 'issuers'>, object][] = [
    ['a token', requestOf({ jwt }), {}, { id: 'alice', method: 'jwt', issuer: 'https://idp.example' }],
    [
      'a SPIFFE certificate',
      requestOf({ peer }),
      {},
      { id: peer, method: 'mtls', issuer: 'spiffe://example.org', kind: 'workload' },
    ],
    ['another certificate', requestOf({ peer: 'CN=a' }), {}, { id: 'CN=a', method: 'mtls', issuer: 'mtls' }],
    ['nobody', requestOf(), {}, { id: 'anonymous', method: 'none', person: null, groups: [] }],
    ['a token behind a hop', requestOf({ jwt, peer }), { mtls: 'transport' }, { id: 'alice', method: 'jwt' }],
    ['only a hop', requestOf({ peer }), { mtls: 'transport' }, { id: 'anonymous', method: 'none' }],
    ['both the same', requestOf({ jwt: { ...jwt, sub: peer }, peer }), {}, { id: peer, method: 'jwt' }],
    [
      'a trusted header',
      requestOf({ ...trusting, headers: { 'x-peer': 'db1' } }),
      { header },
      { id: 'db1', method: 'header', kind: 'workload' },
    ],
  ];
  for (const [name, request, config, expected] of rows)
    t.match(identify(request, { issuers, ...config }), expected, name);
});

t.test('a header that a caller may send names nobody (threat 16)', async (t) => {
  const rows: [string, Request, Omit<IdentityConfig, 'issuers'>][] = [
    ['the route does not trust it', requestOf({ headers: { 'x-peer': 'admin' } }), { header }],
    [
      'the route trusts something else',
      requestOf({ headers: { 'x-peer': 'admin' }, extensions: { 'countersign.identity': 'jwt' } }),
      { header },
    ],
    ['none is configured', requestOf({ ...trusting, headers: { 'x-peer': 'admin' } }), {}],
  ];
  for (const [name, request, config] of rows)
    t.match(identify(request, { issuers, ...config }), { id: 'anonymous', method: 'none' }, name);
});

t.test('two identities that disagree deny (threat 16)', async (t) => {
  const rows: [string, Request][] = [
    ['token and certificate', requestOf({ jwt, peer })],
    ['token and trusted header', requestOf({ ...trusting, jwt, headers: { 'x-peer': 'bob' } })],
    ['a doubled header', requestOf({ ...trusting, headers: [headerOf('x-peer', 'a'), headerOf('x-peer', 'b')] })],
    ['a joined header', requestOf({ ...trusting, headers: { 'x-peer': 'a,b' } })],
    ['an empty header', requestOf({ ...trusting, headers: { 'x-peer': ' ' } })],
  ];
  for (const [name, request] of rows)
    t.throws(() => identify(request, { issuers, header }), { code: 'identity_conflict' }, name);
});

t.test('a token that does not say who it is never becomes anonymous', async (t) => {
  t.throws(() => identify(requestOf({ jwt: {} }), { issuers }), { code: 'identity_missing' });
});
