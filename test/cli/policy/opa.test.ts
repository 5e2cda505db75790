import t from 'tap';
import { capabilitiesText, inFolder, openOpa, regoFiles } from '../../../plugin/cli/policy/opa.ts';
import type { Capabilities } from '../../../plugin/policy/capabilities.ts';
import { withoutOpa } from './rego.ts';

t.test('without opa the message says how to get it', async (t) => {
  await t.rejects(openOpa('/nowhere/opa')(['version']), {
    code: 'tool_missing',
    message: /"\/nowhere\/opa" can not be run: install opa 1\.x .*\$OPA or --opa/,
  });
});

t.test('its exit status and output come back', { skip: withoutOpa }, async (t) => {
  const opa = openOpa(undefined);
  t.match(await opa(['version']), { code: 0, stdout: /^Version: 1\./ });
  t.match(await opa(['nonsense']), { code: 1, stderr: /unknown command/ });
});

t.test('capabilities have what the module and the host have', { skip: withoutOpa }, async (t) => {
  const { builtins } = JSON.parse(await capabilitiesText(openOpa(undefined))) as Capabilities;
  const names = new Set(builtins.map(({ name }) => name));
  for (const name of ['count', 'io.jwt.decode_verify', 'time.now_ns', 'walk']) t.ok(names.has(name), name);
});

t.test('Rego files are found in any depth, and a folder of ours goes away', async (t) => {
  const dir = t.testdir({ 'b.rego': '', a: { 'c.rego': '', 'x.txt': '' } });
  t.same(await regoFiles(dir), [`${dir}/a/c.rego`, `${dir}/b.rego`]);
  t.same(await regoFiles(`${dir}/b.rego`), [`${dir}/b.rego`]);
  const folder = await inFolder(async (one) => one);
  await t.rejects(regoFiles(folder), { code: 'usage' });
});
