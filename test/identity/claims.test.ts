import t from 'tap';
import { principalOfClaims } from '../../plugin/identity/claims.ts';
import type { Json, JsonObject } from '../../plugin/request.ts';

const issuer = 'https://idp.example';
const base = { iss: issuer, sub: 'alice' };
const read = (claims: JsonObject, config = {}) => principalOfClaims({ ...base, ...claims }, [{ issuer, ...config }]);

t.test('a token names its principal', async (t) => {
  const claims = { ...base, groups: ['sre', 'dba', 'sre'], exp: 2_000_000_000, email: 'Alice@Example.org' };
  t.strictSame(principalOfClaims(claims, [{ issuer, person: 'email' }]), {
    id: 'alice',
    issuer,
    kind: 'human',
    groups: ['sre', 'dba'],
    actors: [],
    method: 'jwt',
    person: 'alice@example.org',
    owner: null,
    expires: 2_000_000_000,
    claims,
  });
});

t.test('whoever is acted for, owned, or of an unknown kind is an agent', async (t) => {
  const rows: [string, JsonObject, string][] = [
    ['nothing said', {}, 'human'],
    ['kind human', { kind: 'human' }, 'human'],
    ['kind workload', { kind: 'workload' }, 'workload'],
    ['kind agent', { kind: 'agent' }, 'agent'],
    ['an owner', { owner: 'bob@example.org' }, 'agent'],
    ['an actor', { act: { sub: 'bot' } }, 'agent'],
    ['an actor that claims to be human', { act: { sub: 'bot' }, kind: 'human' }, 'agent'],
    ['an unknown kind', { kind: 'superuser' }, 'agent'],
    ['a kind that is no text', { kind: 7 }, 'agent'],
  ];
  for (const [name, claims, kind] of rows) t.equal(read(claims).kind, kind, name);
  t.equal(read({ type: 'workload' }, { kind: 'type' }).kind, 'workload', 'the configured claim says it');
});

t.test('the act chain is read outermost first (RFC 8693, section 4.1)', async (t) => {
  const act = { sub: 'outer', act: { sub: 'inner', iss: 'https://other.example' } };
  t.strictSame(read({ act }).actors, [
    { id: 'outer', issuer },
    { id: 'inner', issuer: 'https://other.example' },
  ]);
});

t.test('a person is named by the configured claim only, and never by an address that is not verified', async (t) => {
  const rows: [string, JsonObject, string | undefined, string | null][] = [
    ['no mapping', { email: 'a@x.org' }, undefined, null],
    ['email', { email: 'a@x.org' }, 'email', 'a@x.org'],
    ['verified', { email: 'a@x.org', email_verified: true }, 'email', 'a@x.org'],
    ['not verified', { email: 'a@x.org', email_verified: false }, 'email', null],
    ['not verified, as text', { email: 'a@x.org', email_verified: 'false' }, 'email', null],
    ['another case is the same human', { email: 'A@X.ORG ' }, 'email', 'a@x.org'],
    ['another claim', { employee: 'E7' }, 'employee', 'E7'],
    ['missing', {}, 'email', null],
    ['empty', { email: '' }, 'email', null],
    ['not inherited', {}, 'constructor', null],
  ];
  for (const [name, claims, person, expected] of rows) t.equal(read(claims, { person }).person, expected, name);
});

t.test('a claim that we rely on and that has a wrong type identifies nobody', async (t) => {
  let deep: JsonObject = { sub: 'a0' };
  for (let n = 1; n < 9; n++) deep = { sub: `a${n}`, act: deep };
  const rows: [string, Json | undefined][] = [
    ['sub', undefined],
    ['sub', ''],
    ['sub', 7],
    ['iss', undefined],
    ['iss', ['https://idp.example']],
    ['groups', { sre: true }],
    ['groups', ['sre', 7]],
    ['groups', 7],
    ['act', 'bot'],
    ['act', ['bot']],
    ['act', {}],
    ['act', { sub: 'x', act: { sub: 7 } }],
    ['act', deep],
    ['owner', ['bob']],
    ['exp', 'tomorrow'],
  ];
  for (const [name, value] of rows) {
    const claims: Record<string, Json> = { ...base };
    if (value === undefined) delete claims[name];
    else claims[name] = value;
    t.throws(
      () => principalOfClaims(claims, [{ issuer }]),
      { code: 'identity_missing', message: new RegExp(`the claim ${name === 'act' ? '(act|sub)' : name} `) },
      `${name}: ${JSON.stringify(value)?.slice(0, 40)}`,
    );
  }
});

t.test('an issuer that is not listed has default claims and no person', async (t) => {
  const principal = principalOfClaims({ iss: 'https://elsewhere.example', sub: 'eve', email: 'alice@example.org' }, [
    { issuer, person: 'email' },
  ]);
  t.match(principal, { id: 'eve', issuer: 'https://elsewhere.example', person: null });
});

t.test('one group may come as text, and none at all', async (t) => {
  t.strictSame(read({ groups: 'sre' }).groups, ['sre']);
  t.strictSame(read({ roles: ['dba'] }, { groups: 'roles' }).groups, ['dba']);
  t.strictSame(read({ groups: null }).groups, []);
});

t.test('groups may be deep in the claims; a claim of that very name comes first', async (t) => {
  const issuers = [{ issuer: 'https://idp.example', groups: 'realm_access.roles' }];
  const groups = (claims: object) =>
    principalOfClaims(
      { iss: 'https://idp.example', sub: 'a', ...claims } as Parameters<typeof principalOfClaims>[0],
      issuers,
    ).groups;
  t.same(groups({ realm_access: { roles: ['dba'] } }), ['dba']);
  t.same(groups({ 'realm_access.roles': ['x'], realm_access: { roles: ['dba'] } }), ['x']);
  for (const claims of [{}, { realm_access: {} }, { realm_access: 'x' }, { realm_access: [] }])
    t.same(groups(claims), []);
  t.throws(() => groups({ realm_access: { roles: 7 } }), { code: 'identity_missing' });
});
