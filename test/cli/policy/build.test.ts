import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildPolicy } from '../../../plugin/cli/policy/build.ts';
import { loadBundle } from '../../../plugin/policy/bundle.ts';
import { folderOf, withoutOpa } from './rego.ts';

const flags = { path: 'envoy/authz/allow', signingAlg: 'ES256' };

t.test('the same sources give the same bundle, whatever the folder', { skip: withoutOpa }, async (t) => {
  const rules = { 'a.rego': 'package envoy.authz\n\ndefault allow := false\n\nresponse := true\n' };
  const dir = t.testdir({ one: rules, other: { ...rules } });
  const lines: string[] = [];
  for (const name of ['one', 'other']) {
    const output = join(dir, `${name}.tar.gz`);
    lines.push(await buildPolicy([join(dir, name)], { ...flags, output, revision: 'r7' }));
    t.match(await loadBundle({ source: output, path: flags.path }), { revision: 'r7' });
  }
  const [one = '', other = ''] = lines.map((line) => line.replace(/^.*?: /, ''));
  t.match(one, /^envoy\/authz\/allow and envoy\/authz\/response, \d+ bytes of code, digest [0-9a-f]{64}$/);
  t.equal(one, other);
});

t.test('what does not load is not written', { skip: withoutOpa }, async (t) => {
  const output = join(t.testdir(), 'bundle.tar.gz');
  for (const rules of ['allow := ', 'other := 1', 'allow if no.such.builtin(1)'])
    await t.rejects(buildPolicy([folderOf(t, rules)], { ...flags, output }), { code: 'policy_invalid' }, rules);
  t.notOk(existsSync(output));
});

t.test('several folders are one bundle, and a key signs it', { skip: withoutOpa }, async (t) => {
  const dir = t.testdir({
    lib: { 'lib.rego': 'package lib\n\nok := true\n' },
    plain: { 'a.rego': 'package envoy.authz\n\nallow := true\n' },
    own: { 'a.rego': 'package envoy.authz\n\nimport data.lib\n\nallow if lib.ok\n' },
  });
  const key = join(dir, 'key.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(key, privateKey.export({ type: 'sec1', format: 'pem' }));
  const output = join(dir, 'out.tar.gz');
  await buildPolicy([join(dir, 'lib'), join(dir, 'own')], { ...flags, output });
  await buildPolicy([join(dir, 'own'), join(dir, 'lib')], { ...flags, output });
  const signed = join(dir, 'signed.tar.gz');
  await buildPolicy([join(dir, 'plain')], { ...flags, output: signed, signingKey: key });
  const names = execFileSync('tar', ['-tzf', signed], { encoding: 'utf8' });
  t.match(names, /\.signatures\.json/);
});
