import t from 'tap';
import type { Edge } from '../../../plugin/envoy/bootstrap/edge.ts';
import { filterChecks } from '../../../plugin/envoy/bootstrap/filters.ts';

/** The names of the checks that find something. */
const found = (edge: Partial<Edge>) =>
  filterChecks.flatMap(([name, judge]) =>
    judge({ where: 'here', hcm: {}, filters: [], authz: undefined, release: undefined, ...edge }).map(() => name),
  );

t.test('an edge without our filters is named for both', async (t) => {
  t.match(found({}), ['ext-authz-missing', 'ext-proc-missing']);
});

t.test('the release must stand behind the decision', async (t) => {
  const authz = { name: 'authz' };
  const release = { name: 'release' };
  t.ok(found({ filters: [release, authz], authz, release }).includes('order'));
  t.notOk(found({ filters: [authz, release], authz, release }).includes('order'));
});

t.test('a second filter of a type is named, but for a copy of the stream', async (t) => {
  const authz = { '@type': 'a.ExtAuthz' };
  const release = { '@type': 'a.ExternalProcessor' };
  const named = (...others: Edge['filters']) =>
    found({ filters: [authz, release, ...others], authz, release }).filter((name) => name === 'more-than-one').length;
  t.equal(named(), 0);
  t.equal(named({ ...release, observability_mode: true }), 0);
  t.equal(named({ ...release }), 1);
  t.equal(named({ ...release }, { ...authz }), 2);
});

t.test('a fault of this side is answered as one', async (t) => {
  const named = (code: string | number) => found({ authz: { status_on_error: { code } } }).includes('status-on-error');
  for (const code of ['ServiceUnavailable', 503, 'BadGateway']) t.notOk(named(code), String(code));
  for (const code of ['OK', 200, 'Forbidden', 5000, '']) t.ok(named(code), String(code));
});
