/** Policies change while requests pass: none fails, each decision names the bundle that made it, a bad one changes nothing. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { until } from '../../../examples/quickstart/child.ts';
import { withoutOpa } from '../../policy/rego.ts';
import { startStack } from '../fixture/stack.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/** A signed bundle whose answers say which one it is. */
function bundleOf(t: Test, serial: number, rego: string): Buffer {
  const folder = t.testdir();
  const key = join(folder, 'key.pem');
  writeFileSync(key, keys.privateKey.export({ format: 'pem', type: 'sec1' }));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'policy.rego'), `package envoy.authz\n\n${rego}\n`);
  const manifest = { revision: `r${serial}`, roots: [''], metadata: { serial } };
  writeFileSync(join(folder, 'src', '.manifest'), JSON.stringify(manifest));
  const out = join(folder, 'bundle.tar.gz');
  const sign = ['--signing-key', key, '--signing-alg', 'ES256'];
  execFileSync(
    process.env.OPA || 'opa',
    ['build', '-t', 'wasm', '-e', 'envoy/authz/allow', '-o', out, ...sign, '-b', '.'],
    { cwd: join(folder, 'src') },
  );
  return readFileSync(out);
}

const answering = (serial: number) => `allow := {"allowed": true, "headers": {"x-serial": "${serial}"}}`;

t.test(
  'a bundle service is followed under load; what is not signed, older or broken changes nothing',
  { skip: withoutOpa },
  async (t) => {
    const bundles = new Map<number, Buffer>();
    for (const serial of [1, 2, 3])
      await t.test(`bundle ${serial}`, async (t) => void bundles.set(serial, bundleOf(t, serial, answering(serial))));
    await t.test(
      'a policy that loops',
      async (t) =>
        void bundles.set(9, bundleOf(t, 9, 'allow := count({x | x := numbers.range(1, 9999999)[_]; x % 2 == 0}) > 0')),
    );
    let served = bundles.get(1) ?? Buffer.alloc(0);
    let tag = 1;
    const service = createServer((request, response) => {
      const etag = `"${tag}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { etag }).end(served);
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    t.teardown(() => service.close());
    const address = service.address();
    const pem = join(t.testdir(), 'public.pem');
    writeFileSync(pem, keys.publicKey.export({ format: 'pem', type: 'spki' }));

    const stack = await startStack(t, {
      configPatch(config) {
        config.setIn(
          ['policy', 'source'],
          `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/bundle.tar.gz`,
        );
        config.setIn(['policy', 'keys'], [pem]);
        config.setIn(['policy', 'poll'], '50ms');
      },
      respond({ rawHeaders }, response) {
        response.writeHead(200, { 'content-type': 'text/plain' }).end(rawHeaders[rawHeaders.indexOf('x-serial') + 1]);
        return true;
      },
    });
    const seen = new Set<string>();
    const statuses = new Set<number>();
    let over = false;
    const load = Array.from({ length: 8 }, async () => {
      while (!over) {
        const { status, body } = await stack.request({ path: '/which' });
        statuses.add(status);
        seen.add(body.toString());
      }
    });
    const offer = (bytes: Buffer) => {
      served = bytes;
      tag += 1;
    };
    const untilSeen = (serial: string) =>
      until(`an answer of bundle ${serial}`, async () => seen.has(serial) || undefined, []);
    const refusals = async () => {
      const { body } = await stack.admin('plugin', '/metrics');
      return Number(/countersign_failures_total\{code="policy_invalid"\} (\d+)/.exec(body.toString())?.[1] ?? 0);
    };
    const untilRefused = (count: number) =>
      until(`refusal ${count}`, async () => (await refusals()) >= count || undefined, []);

    await untilSeen('1');
    offer(bundles.get(2) ?? Buffer.alloc(0));
    await untilSeen('2');
    offer(bundles.get(1) ?? Buffer.alloc(0));
    await untilRefused(1);
    offer(Buffer.from('rubbish'));
    await untilRefused(2);
    offer(readFileSync(join(import.meta.dirname, '../../../examples/quickstart/bundle.tar.gz')));
    await untilRefused(3);
    seen.clear();
    await untilSeen('2');
    t.same([...seen], ['2'], 'the second stays in force');
    offer(bundles.get(3) ?? Buffer.alloc(0));
    await untilSeen('3');
    over = true;
    await Promise.all(load);
    t.same([...statuses], [200], 'no request failed');

    await stack.killPlugin();
    service.close();
    service.closeAllConnections();
    await stack.startPlugin();
    await until('the last good copy to serve', async () => {
      const { body } = await stack.request({ path: '/which' });
      return body.toString() === '3' || undefined;
    }, []);
    const { stdout } = await stack.cli(['audit', 'verify', stack.log]);
    t.notMatch(stdout, /finding/i);
  },
);

t.test('SIGHUP takes a file that was replaced', { skip: withoutOpa }, async (t) => {
  const file = join(t.testdir(), 'bundle.tar.gz');
  await t.test('the first', async (t) => writeFileSync(file, bundleOf(t, 1, 'allow := false')));
  const stack = await startStack(t, { policy: file });
  t.equal((await stack.request({ path: '/x' })).status, 403);
  await t.test('the second', async (t) => writeFileSync(file, bundleOf(t, 2, 'allow := true')));
  process.kill(stack.plugin().pid, 'SIGHUP');
  await until('the second to be in force', async () => {
    const { status } = await stack.request({ path: '/x' });
    return status !== 403 || undefined;
  }, []);
  t.pass('the same process allows now');
});
