import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { run } from '../../examples/quickstart/child.ts';

const tools = fileURLToPath(new URL('../../examples/quickstart/tools.mjs', import.meta.url));

/** Runs tools.mjs where the PATH has only these programs, each a shell script. */
async function ask(t: Test, name: string, programs: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) {
  const cwd = t.testdir({ bin: programs, cache: {} });
  for (const program of Object.keys(programs)) await run(['/bin/chmod', '755', join(cwd, 'bin', program)], { cwd });
  const cleared = { ENVOY: '', OPA: '', COSIGN: '', PATH: join(cwd, 'bin'), XDG_CACHE_HOME: join(cwd, 'cache') };
  const output = await run([process.execPath, tools, name], { cwd, env: { ...cleared, ...env } });
  return { ...output, bin: join(cwd, 'bin'), cache: join(cwd, 'cache', 'countersign') };
}

const envoy = (version: string) => `#!/bin/sh\necho "envoy  version: 9e55809/${version}/Clean/RELEASE/BoringSSL"\n`;

t.test('a new enough Envoy on the PATH is taken', async (t) => {
  const found = await ask(t, 'envoy', { envoy: envoy('1.40.2') });
  t.match(found, { code: 0, stdout: `${found.bin}/envoy\n` });
});

t.test('an older Envoy is passed over, and without pip one sentence says what to do', async (t) => {
  const { code, stdout, stderr } = await ask(t, 'envoy', { envoy: envoy('1.39.0') });
  t.match({ code, stdout }, { code: 1, stdout: '' });
  t.match(stderr, /is older than Envoy 1\.40\.0/);
  t.match(stderr, /no Python with pip to fetch it; install Envoy .* ENVOY=/);
});

t.test('a variable that names nothing is an error, never passed over', async (t) => {
  const { code, stderr } = await ask(t, 'envoy', { envoy: envoy('1.40.0') }, { ENVOY: '/nowhere/envoy' });
  t.equal(code, 1);
  t.match(stderr, /\$ENVOY is \/nowhere\/envoy/);
});

t.test('what is built is kept, and an interrupted build leaves nothing', async (t) => {
  const go = '#!/bin/sh\n[ "$1" = install ] || exit 1\nprintf "#!/bin/sh\\n" > "$GOBIN/opa"\n';
  const built = await ask(t, 'opa', { go });
  t.match(built, { code: 0, stdout: `${built.cache}/opa-1.22.2\n` });
  const failed = await ask(t, 'opa', { go: '#!/bin/sh\nprintf half > "$GOBIN/opa"; exit 1\n' });
  t.match(failed, { code: 1, stdout: '' });
  t.match(failed.stderr, /go install of opa 1\.22\.2 failed; install opa/);
  t.same(await run(['/bin/ls', failed.cache], { cwd: '/' }).then(({ stdout }) => stdout), '');
});

t.test('usage is told', async (t) => {
  t.match(await ask(t, 'kubectl', {}), { code: 64, stderr: /envoy\|opa\|cosign/ });
  t.match(await ask(t, 'cosign', {}), { code: 1, stderr: /cosign was not found/ });
});
