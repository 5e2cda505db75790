import t from 'tap';
import { isOn, targetOf } from '../../../plugin/command/kubernetes/path.ts';

const read = (method: string, url: string) => {
  const [path = '', query = ''] = url.split('?');
  const target = targetOf(method, path, new URLSearchParams(query));
  if ('reason' in target) return target.reason;
  const { verb, group, version, resource, subresource, namespace, name, rest } = target;
  if (!target.resource_request) return `non-resource ${verb} ${target.path}`;
  const place = [namespace === '' ? '' : `${namespace}/`, resource, name === '' ? '' : `/${name}`].join('');
  return `${verb} ${group}/${version} ${place}${subresource === '' ? '' : `:${subresource}`}${rest.map((part) => ` ${part}`).join('')}`;
};

/** The table of verbs in the API conventions, on a collection and on one object, with and without a namespace. */
t.test('every verb', async (t) => {
  const rows: [string, string, string][] = [
    ['GET', '/api/v1/namespaces/a/pods', 'list /v1 a/pods'],
    ['HEAD', '/api/v1/namespaces/a/pods', 'list /v1 a/pods'],
    ['GET', '/api/v1/namespaces/a/pods?watch=true', 'watch /v1 a/pods'],
    ['GET', '/api/v1/namespaces/a/pods?watch=1', 'watch /v1 a/pods'],
    ['GET', '/api/v1/namespaces/a/pods?watch', 'watch /v1 a/pods'],
    ['GET', '/api/v1/namespaces/a/pods?watch=false', 'list /v1 a/pods'],
    ['GET', '/api/v1/namespaces/a/pods?watch=False&watch=true', 'list /v1 a/pods'],
    ['GET', '/api/v1/namespaces/a/pods/p', 'get /v1 a/pods/p'],
    ['GET', '/api/v1/namespaces/a/pods/p/', 'get /v1 a/pods/p'],
    ['GET', '/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dp', 'list /v1 a/pods/p'],
    ['POST', '/api/v1/namespaces/a/pods', 'create /v1 a/pods'],
    ['PUT', '/api/v1/namespaces/a/pods/p', 'update /v1 a/pods/p'],
    ['PATCH', '/api/v1/namespaces/a/pods/p', 'patch /v1 a/pods/p'],
    ['DELETE', '/api/v1/namespaces/a/pods/p', 'delete /v1 a/pods/p'],
    ['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection /v1 a/pods'],
    ['GET', '/api/v1/watch/namespaces/a/pods/p', 'watch /v1 a/pods/p'],
    ['GET', '/api/v1/watch/nodes', 'watch /v1 nodes'],
    ['GET', '/api/v1/proxy/namespaces/a/services/s/x/y', 'proxy /v1 a/services/s x y'],
    ['GET', '/api/v1/pods', 'list /v1 pods'],
    ['GET', '/api/v1/nodes/n', 'get /v1 nodes/n'],
    ['DELETE', '/api/v1/namespaces/a', 'delete /v1 a/namespaces/a'],
    ['POST', '/api/v1/namespaces', 'create /v1 namespaces'],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update /v1 a/namespaces/a:finalize'],
    ['PATCH', '/api/v1/namespaces/a/status', 'patch /v1 a/namespaces/a:status'],
    ['GET', '/apis/apps/v1/namespaces/a/deployments', 'list apps/v1 a/deployments'],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/d', 'patch apps/v1 a/deployments/d'],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
      'get rbac.authorization.k8s.io/v1 clusterroles/system:node',
    ],
  ];
  for (const [method, url, expected] of rows) t.equal(read(method, url), expected, `${method} ${url}`);
});

t.test('every subresource', async (t) => {
  const pod = '/api/v1/namespaces/a/pods/p';
  const names = 'attach binding ephemeralcontainers eviction exec log portforward proxy resize status';
  for (const name of names.split(' ')) t.equal(read('POST', `${pod}/${name}`), `create /v1 a/pods/p:${name}`);
  const rows: [string, string, string][] = [
    ['GET', `${pod}/exec?command=sh`, 'get /v1 a/pods/p:exec'],
    ['POST', `${pod}/proxy/admin/shutdown`, 'create /v1 a/pods/p:proxy admin shutdown'],
    ['GET', '/api/v1/nodes/n/proxy/metrics', 'get /v1 nodes/n:proxy metrics'],
    ['GET', '/api/v1/namespaces/a/services/https:s:443/proxy', 'get /v1 a/services/https:s:443:proxy'],
    ['POST', '/api/v1/namespaces/a/serviceaccounts/s/token', 'create /v1 a/serviceaccounts/s:token'],
    ['PUT', '/apis/apps/v1/namespaces/a/deployments/d/scale', 'update apps/v1 a/deployments/d:scale'],
    [
      'PUT',
      '/apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval',
      'update certificates.k8s.io/v1 certificatesigningrequests/c:approval',
    ],
    [
      'GET',
      '/apis/custom.metrics.k8s.io/v1beta1/namespaces/a/pods/*/rate',
      'get custom.metrics.k8s.io/v1beta1 a/pods/*:rate',
    ],
  ];
  for (const [method, url, expected] of rows) t.equal(read(method, url), expected, `${method} ${url}`);
});

t.test('paths that are no resources', async (t) => {
  for (const path of [
    '/',
    '/healthz',
    '/version',
    '/api',
    '/api/v1',
    '/apis',
    '/apis/apps',
    '/apis/apps/v1',
    '/openapi/v3',
    '/metrics',
    '/logs/kube-apiserver.log',
  ])
    t.equal(read('GET', path), `non-resource get ${path}`, path);
});

t.test('a path that something before the server may cut in another way is not read', async (t) => {
  const odd = [
    '//api/v1/pods',
    '/api//v1/pods',
    '/api/v1/namespaces/a/../b/pods',
    '/api/v1/./pods',
    '/api/v1/pods%2Fp/exec',
    '/api/v1/pods;x=1',
    '/api/v1/pods/p%00',
    '/api/v1/pods/%2e%2e/x',
    '/api/v1/pods/p%',
    '/api/v1/pods/%ff',
    '/api/v1/pods/a%252Fb',
    '/api/v1/pods/a\\b',
    '/api/v1/pods/p//',
    'api/v1/pods',
    '/api/v1/pods/p%20x',
  ];
  for (const path of odd) t.match(read('GET', path), /not written plainly/, path);
  t.match(read('GET', '/api/v1/watch'), /no resource/);
  t.match(read('TRACE', '/api/v1/pods'), /method/);
  t.match(read('get', '/api/v1/pods'), /method/);
});

t.test('a switch is read as Kubernetes reads it', async (t) => {
  for (const [query, on] of [
    ['tty=true', true],
    ['tty', true],
    ['tty=', true],
    ['tty=0', false],
    ['tty=FALSE', false],
    ['', false],
  ] as const)
    t.equal(isOn(new URLSearchParams(query), 'tty'), on, query);
});
