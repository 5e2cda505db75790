import t from 'tap';
import { patchContent } from '../../../plugin/command/kubernetes/patch.ts';

t.test('a patch reads as what it sets', async (t) => {
  const patch = [
    { op: 'replace', path: '/spec/containers/0/securityContext/privileged', value: true },
    { op: 'add', path: '/spec/volumes/-', value: { hostPath: { path: '/' } } },
    { op: 'add', path: '/metadata/annotations/a~1b~0c', value: 'x' },
    { op: 'test', path: '/spec/hostNetwork', value: true },
    { op: 'remove', path: '/spec/hostPID' },
    { op: 'add', path: '', value: { spec: {} } },
  ];
  t.same(patchContent(patch), [
    { spec: { containers: [{ securityContext: { privileged: true } }] } },
    { spec: { volumes: [{ hostPath: { path: '/' } }] } },
    { metadata: { annotations: { 'a/b~c': 'x' } } },
    { spec: {} },
  ]);
});

t.test('what moves the unknown, and what is no patch, has no content', async (t) => {
  for (const patch of [
    [{ op: 'copy', from: '/a', path: '/b' }],
    [{ op: 'move', from: '/a', path: '/b' }],
    [{ op: 'ADD', path: '/a', value: 1 }],
    [{ op: 'add', path: '/a' }],
    [{ op: 'add', value: 1 }],
    [1],
    { op: 'add' },
    null,
  ])
    t.equal(patchContent(patch), null, JSON.stringify(patch));
});
