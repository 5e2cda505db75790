import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseConfig } from '../plugin/config.ts';
import { serve } from '../plugin/serve.ts';
import { findEntries } from '../plugin/verify/find.ts';

const bundle = new URL('../examples/quickstart/bundle.tar.gz', import.meta.url).pathname;

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'serve-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
}

const configOf = (base: string, text = '') =>
  parseConfig(`log: {level: silent}\naudit: {writer: w, domain: example.com}\n${text}`, 'test', base);

function health(socketPath: string): Promise<{ readonly status: number | undefined; readonly body: unknown }> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/healthz' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(body) }));
    })
      .on('error', reject)
      .end();
  });
}

t.test('serves with a policy, keeps its state to itself, and lets go of everything', async (t) => {
  const base = folder(t);
  const config = configOf(base, `policy: {source: ${bundle}}`);
  const running = await serve(config);
  t.match(await health(running.admin), { status: 200, body: { serving: true, log: 'open' } });
  t.equal(statSync(config.state).mode & 0o777, 0o700);
  for (const key of ['signer.pem', 'log.pem', 'recordings.key', 'mask-default.key'])
    t.equal(statSync(join(config.state, 'keys', key)).mode & 0o777, 0o600, key);
  await t.rejects(serve(config), { code: 'audit_locked' }, 'a second process on the same state is refused');
  await running.stop();
  const again = await serve(config);
  await again.stop();
  const kinds = (await Promise.all(['0', '1', '2'].map((seq) => findEntries(join(config.state, 'audit'), seq)))).flat();
  t.match(
    kinds.map(({ text }) => (JSON.parse(text) as { kind: string }).kind),
    ['boot', 'config', 'policy'],
  );
});

t.test('without a policy it serves, and says that it allows nothing', async (t) => {
  const running = await serve(configOf(folder(t)));
  t.teardown(() => running.stop());
  t.match(await health(running.admin), { status: 503, body: { serving: false, policy: null, log: 'open' } });
});

t.test('a policy that does not load is entered, and nothing is allowed', async (t) => {
  const base = folder(t);
  writeFileSync(join(base, 'broken.tar.gz'), 'no gzip');
  const config = configOf(base, 'policy: {source: broken.tar.gz}');
  const running = await serve(config);
  t.match(await health(running.admin), { status: 503 });
  await running.stop();
  const [entry] = await findEntries(join(config.state, 'audit'), '2');
  t.match(JSON.parse(entry?.text ?? '{}'), { kind: 'policy', action: 'refused', code: 'policy_invalid' });
});

t.test('a listener that others reach is refused, with the remedy', async (t) => {
  for (const [listen, remedy] of [
    ['127.0.0.1:0', /insecure_loopback/],
    ['0.0.0.0:9191', /neither a unix socket nor loopback/],
    ['192.0.2.1:9191', /neither a unix socket nor loopback/],
  ] as const)
    await t.rejects(
      serve(configOf(folder(t), `listen: "${listen}"`)),
      { code: 'config_invalid', message: remedy },
      listen,
    );
  await t.rejects(serve(configOf(folder(t), 'listen: "0.0.0.0:9191"\ninsecure_loopback: true')), {
    code: 'config_invalid',
  });
  const running = await serve(configOf(folder(t), 'listen: "127.0.0.1:0"\ninsecure_loopback: true'));
  t.match(running.address, /^127\.0\.0\.1:\d+$/);
  await running.stop();
});

t.test('keys that are missing, short or readable by others are refused, and nothing stays open', async (t) => {
  const base = folder(t);
  writeFileSync(join(base, 'short'), 'x', { mode: 0o600 });
  writeFileSync(join(base, 'open'), Buffer.alloc(32), { mode: 0o600 });
  chmodSync(join(base, 'open'), 0o644);
  for (const file of ['none', 'short', 'open'])
    await t.rejects(serve(configOf(base, `mask: {keys: {default: ${file}}}`)), { code: 'key_invalid' }, file);
  const running = await serve(configOf(base));
  await running.stop();
});
