import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { available, type Capabilities, capabilitiesHere } from '../../plugin/policy/capabilities.ts';
import { openEngine } from '../../plugin/policy/wasm.ts';
import { withoutOpa } from './rego.ts';

interface Declared extends Capabilities {
  readonly builtins: readonly { readonly name: string; readonly decl: { readonly args?: readonly unknown[] } }[];
}

t.test('what is called available loads, and nothing else does', { skip: withoutOpa }, async (t) => {
  const opa = process.env.OPA || 'opa';
  const text = execFileSync(opa, ['capabilities', '--current'], { encoding: 'utf8', maxBuffer: 2 ** 24 });
  const all = JSON.parse(text) as Declared;
  const here = capabilitiesHere(all);
  t.ok(here.builtins.length > 150);
  // These have no call that could be written down: the compiler makes or resolves them itself.
  const internal = /^(internal\.|rego\.metadata|(eq|assign|print|walk)$)/;
  const rules = here.builtins
    .filter(({ name }) => !internal.test(name))
    .map(
      ({ name, decl }) =>
        `r["${name}"] = x { x := ${name}(${(decl.args ?? []).map((_, i) => `input.a${i}`).join(', ')}) }`,
    );
  const dir = t.testdir({ 'all.rego': `package all\n\n${rules.join('\n')}\n` });
  writeFileSync(join(dir, 'capabilities.json'), JSON.stringify(here));
  const source = join(dir, 'bundle.tar.gz');
  const args = ['build', '--v0-compatible', '-t', 'wasm', '-e', 'all/r', '-o', source, join(dir, 'all.rego')];
  execFileSync(opa, [...args, '--capabilities', join(dir, 'capabilities.json')]);
  const { wasm, data } = await loadBundle({ source, path: 'all/r' });
  t.ok(openEngine(wasm, data), 'every one of them');
  t.notOk(available('no.such.builtin'));
});
