import t from 'tap';
import { kubernetes } from '../../plugin/command/kubernetes.ts';
import { seen } from '../../plugin/command/seen.ts';
import { headerOf, requestOf } from '../identity/request.ts';

const ask = (members: Parameters<typeof requestOf>[0]) => kubernetes(seen(requestOf(members)));
const pod = '/api/v1/namespaces/prod/pods/p';

t.test('kubectl exec', async (t) => {
  const path = `${pod}/exec?command=sh&command=-c&command=cat%20%2Fetc%2Fshadow&container=app&stdin=true&tty=true&stdout=true`;
  for (const method of ['POST', 'GET'])
    t.match(ask({ method, path }), [
      {
        kind: 'kubernetes',
        verb: method === 'POST' ? 'create' : 'get',
        resource: 'pods',
        subresource: 'exec',
        namespace: 'prod',
        name: 'p',
        exec: { command: ['sh', '-c', 'cat /etc/shadow'], container: 'app', stdin: true, tty: true },
      },
    ]);
  t.match(ask({ path: `${pod}/attach` }), [{ exec: { command: [], container: '', stdin: false, tty: false } }]);
  t.match(ask({ path: `${pod}/portforward?ports=80,443` }), [{ ports: ['80,443'] }]);
});

t.test('a body stands beside the path', async (t) => {
  const headers = { 'content-type': 'application/json' };
  const body = Buffer.from(JSON.stringify({ kind: 'Pod', spec: { hostNetwork: true } }));
  t.match(ask({ path: '/api/v1/namespaces/a/pods?dryRun=All', headers, body }), [
    { verb: 'create', dry_run: true, object: { kind: 'Pod' }, pod: { host_network: true } },
  ]);
});

t.test('a delete is a trial only where the API server reads that it is', async (t) => {
  const headers = { 'content-type': 'application/json' };
  const body = Buffer.from('{"kind":"DeleteOptions","apiVersion":"v1"}');
  const path = `${pod}?dryRun=All`;
  t.match(ask({ method: 'DELETE', path, body: Buffer.alloc(0) }), [{ verb: 'delete', dry_run: true }]);
  t.match(ask({ method: 'DELETE', path, headers, body }), [{ verb: 'delete', dry_run: false }]);
});

t.test('impersonation is named', async (t) => {
  const headers = [
    headerOf('impersonate-user', 'root'),
    headerOf('impersonate-group', 'system:masters'),
    headerOf('impersonate-group', 'b'),
    headerOf('impersonate-extra-scopes', 'x'),
  ];
  t.match(ask({ method: 'GET', path: pod, headers }), [
    { impersonate: { user: 'root', uid: '', groups: ['system:masters', 'b'], extra: ['scopes'] } },
  ]);
  const [plain] = ask({ method: 'GET', path: pod });
  t.notOk(plain && 'impersonate' in plain);
  t.match(
    ask({ method: 'GET', path: pod, headers: [headerOf('impersonate-user', 'a'), headerOf('impersonate-user', 'b')] }),
    [{ kind: 'unparsed' }],
  );
  const joined = [headerOf('impersonate-user', 'a'), headerOf('impersonate-group', 'dev,system:masters')];
  t.match(ask({ method: 'GET', path: pod, headers: joined }), [{ kind: 'unparsed' }], 'as Envoy joins two lines');
});

t.test('paths that are no resources have a verb and nothing else', async (t) => {
  t.match(ask({ method: 'GET', path: '/healthz?verbose' }), [
    { kind: 'kubernetes', verb: 'get', resource_request: false, path: '/healthz', resource: '' },
  ]);
});

t.test('what servers may read in several ways is unparsed', async (t) => {
  for (const members of [
    { path: `${pod}/exec?command=ls;command=sh` },
    { path: `${pod}/exec?command=%zz` },
    { path: `${pod}/exec?command=%ff` },
    { path: `/api/v1/namespaces/prod%2Fpods` },
    { path: pod, headers: { 'x-http-method-override': 'DELETE' } },
    {
      path: '/api/v1/namespaces/a/pods',
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: Buffer.from('k8s'),
    },
    { path: '/api/v1/namespaces/a/pods', body: null },
    { path: `/api/v1/pods?${'a=1&'.repeat(300)}` },
  ])
    t.match(ask(members), [{ kind: 'unparsed', reason: /./ }], members.path.slice(0, 60));
});
