import t from 'tap';
import { type Edge, edgeChecks } from '../../../plugin/envoy/bootstrap/edge.ts';
import { filterChecks } from '../../../plugin/envoy/bootstrap/filters.ts';

/** The names of the checks that find something. */
const found = (edge: Partial<Edge>) =>
  edgeChecks.flatMap(([name, judge]) =>
    judge({ where: 'here', hcm: {}, filters: [], authz: undefined, release: undefined, ...edge }).map(() => name),
  );

t.test('trailers count as removed in front of the decision only, and only all of them', async (t) => {
  const authz = { name: 'authz' };
  const removes = (regex: string) => ({
    mutations: { request_trailers_mutations: [{ remove_on_match: { key_matcher: { safe_regex: { regex } } } }] },
  });
  t.notOk(found({ filters: [removes('.*'), authz], authz }).includes('request-trailers'));
  t.ok(found({ filters: [authz, removes('.*')], authz }).includes('request-trailers'));
  t.ok(found({ filters: [removes('x-.*'), authz], authz }).includes('request-trailers'));
  t.ok(found({ filters: [authz], authz }).includes('request-trailers'));
});

t.test('a header of a caller that becomes metadata is forged, whichever filter does it', async (t) => {
  const named = (metadata_namespace: string) =>
    found({ hcm: { http_filters: [{ rules: [{ metadata_namespace }] }] } }).includes('forged-metadata');
  for (const name of ['ext_authz', 'jwt_authn']) t.ok(named(`envoy.filters.http.${name}`), name);
  t.notOk(named('envoy.lb'));
});

t.test('the checks of our filters are among those of an edge', async (t) => {
  for (const [name] of filterChecks)
    t.ok(
      edgeChecks.some(([it]) => it === name),
      name,
    );
});
