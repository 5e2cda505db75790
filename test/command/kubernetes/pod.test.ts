import t from 'tap';
import { isObject, podFacts } from '../../../plugin/command/kubernetes/pod.ts';
import type { Json } from '../../../plugin/request.ts';

const quiet = { spec: { containers: [{ name: 'c', image: 'nginx' }] } };
const around: readonly (readonly [string, (spec: Json) => Json])[] = [
  ['Pod', (spec) => ({ kind: 'Pod', spec })],
  ['Deployment', (spec) => ({ kind: 'Deployment', spec: { template: { spec } } })],
  ['CronJob', (spec) => ({ kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec } } } } })],
  ['List', (spec) => ({ kind: 'List', items: [quiet, { kind: 'Job', spec: { template: { spec } } }] })],
  ['a custom resource', (spec) => ({ kind: 'Rollout', spec: { anything: [{ template: { spec } }] } })],
];

const container = (more: Json) => ({ containers: [{ name: 'c', image: 'nginx', ...(more as object) }] });
const rows: readonly (readonly [string, Json, object])[] = [
  ['privileged', container({ securityContext: { privileged: true } }), { privileged: true }],
  ['in an init container', { initContainers: [{ securityContext: { privileged: true } }] }, { privileged: true }],
  [
    'in a debug container',
    { ephemeralContainers: [{ securityContext: { privileged: true } }] },
    { pod: true, privileged: true },
  ],
  ['escalation', container({ securityContext: { allowPrivilegeEscalation: true } }), { privilege_escalation: true }],
  ['hostNetwork', { ...container({}), hostNetwork: true }, { host_network: true }],
  ['hostPID', { hostPID: true }, { host_pid: true }],
  ['hostIPC', { hostIPC: true }, { host_ipc: true }],
  ['hostProcess', { securityContext: { windowsOptions: { hostProcess: true } } }, { host_process: true }],
  ['root', container({ securityContext: { runAsUser: 0 } }), { root: true }],
  ['may be root', { securityContext: { runAsNonRoot: false } }, { root: true }],
  ['procMount', container({ securityContext: { procMount: 'Unmasked' } }), { unmasked_proc: true }],
  [
    'capabilities',
    container({ securityContext: { capabilities: { add: ['SYS_ADMIN'], drop: ['ALL'] } } }),
    { capabilities: ['SYS_ADMIN'] },
  ],
  [
    'hostPath',
    { volumes: [{ name: 'v', hostPath: { path: '/etc' } }] },
    { host_paths: ['/etc'], volumes: ['hostPath'] },
  ],
  ['hostPort', container({ ports: [{ containerPort: 80, hostPort: 8080 }] }), { host_ports: ['8080'] }],
  ['a service account', { serviceAccountName: 'admin' }, { service_accounts: ['admin'] }],
  ['images', container({}), { images: ['nginx'], pod: true }],
  ['another case', container({ SecurityContext: { Privileged: true } }), { privileged: true }],
];

t.test('what a pod asks for is seen wherever its spec stands', async (t) => {
  for (const [name, spec, facts] of rows)
    for (const [kind, wrap] of around) t.match(podFacts(wrap(spec)), facts, `${name} in ${kind}`);
});

t.test('what it does not ask for is not', async (t) => {
  const facts = podFacts({
    ...quiet,
    metadata: { annotations: { privileged: 'true', hostNetwork: 'yes' } },
    data: { note: 'privileged: true' },
    securityContext: { privileged: false, runAsUser: 1000, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
  });
  t.match(facts, { privileged: false, host_network: false, root: false, capabilities: [], host_paths: [], pod: true });
});

t.test('a body that names too much is not described', async (t) => {
  t.equal(podFacts(Array.from({ length: 300 }, (_, n) => ({ image: `i${n}` }))), null);
  t.equal(isObject([]), false);
});
