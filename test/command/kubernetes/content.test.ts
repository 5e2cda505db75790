import t from 'tap';
import { contentOf } from '../../../plugin/command/kubernetes/content.ts';
import { seen } from '../../../plugin/command/seen.ts';
import { requestOf } from '../../identity/request.ts';

const content = (verb: string, type: string, body: unknown, subresource = '') =>
  contentOf(
    seen(
      requestOf({
        headers: { 'content-type': type },
        body: typeof body === 'string' ? Buffer.from(body) : body === null ? null : Buffer.from(JSON.stringify(body)),
      }),
    ),
    verb,
    subresource,
  );

const privileged = { spec: { containers: [{ securityContext: { privileged: true } }] } };

t.test('the object and its pod', async (t) => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'a' }, ...privileged };
  t.match(content('create', 'application/json', pod), {
    object: { api_version: 'v1', kind: 'Pod', name: 'p', namespace: 'a' },
    pod: { privileged: true, pod: true },
  });
});

t.test('each kind of patch', async (t) => {
  for (const type of ['merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml'])
    t.match(content('patch', `application/${type}`, privileged), { pod: { privileged: true } }, type);
  const path = '/spec/containers/0/securityContext/privileged';
  const patch = [{ op: 'add', path, value: true }];
  t.match(content('patch', 'application/json-patch+json', patch), { pod: { privileged: true } });
});

t.test('what a role grants, and whom a binding binds', async (t) => {
  const rules = [{ apiGroups: ['*'], resources: ['secrets'], verbs: ['escalate', 'get'] }];
  t.match(content('create', 'application/json', { kind: 'ClusterRole', rules }), {
    role: { rules: [{ verbs: ['escalate', 'get'], groups: ['*'], resources: ['secrets'] }] },
  });
  const subjects = [{ kind: 'User', name: 'eve' }];
  const roleRef = { kind: 'ClusterRole', name: 'cluster-admin' };
  t.match(content('create', 'application/json', { kind: 'ClusterRoleBinding', roleRef, subjects }), {
    binding: {
      role: { kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: 'eve', namespace: '' }],
    },
  });
  const patch = [{ op: 'add', path: '/subjects/-', value: { kind: 'User', name: 'eve' } }];
  t.match(content('patch', 'application/json-patch+json', patch), { binding: { subjects: [{ name: 'eve' }] } });
});

t.test('a body that is not read has a reason', async (t) => {
  const rows: [string, ReturnType<typeof content>, RegExp][] = [
    ['protobuf', content('create', 'application/vnd.kubernetes.protobuf', 'k8s\0'), /not one whose/],
    ['CBOR', content('patch', 'application/apply-patch+cbor', 'x'), /not one whose/],
    ['YAML', content('create', 'application/yaml', 'kind: Pod'), /not one whose/],
    ['applied YAML', content('patch', 'application/apply-patch+yaml', 'kind: Pod'), /not JSON/],
    ['JSON where a patch is wanted', content('patch', 'application/json', {}), /not one whose/],
    ['twice', content('create', 'application/json', '{"spec":{"hostPID":false,"hostPID":true}}'), /twice/],
    ['copied', content('patch', 'application/json-patch+json', [{ op: 'copy', from: '/a', path: '/b' }]), /copies/],
    ['unseen', content('create', 'application/json', null), /unseen/],
  ];
  for (const [name, facts, reason] of rows) t.match(facts, { reason }, name);
});

t.test('what the server does not read says nothing', async (t) => {
  t.same(content('get', 'application/json', null), {});
  t.same(content('delete', 'application/json', ''), {});
  t.same(content('create', 'text/plain', 'x', 'proxy'), {}, 'the body of a proxied request is not for the server');
  t.match(content('delete', 'application/json', { gracePeriodSeconds: 0 }), { pod: { pod: false } });
});
