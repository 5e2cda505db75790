import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { parseConfig } from '../../plugin/config.ts';
import { openPolicy } from '../../plugin/serve/policy.ts';

const bundle = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');

/** Parts that note what is entered. */
function parts() {
  const entered: Record<string, unknown>[] = [];
  const failed: string[] = [];
  const log = { info: () => undefined, error: () => undefined };
  return {
    entered,
    failed,
    parts: {
      append: async (event: { body: Record<string, unknown> }) => void entered.push(event.body),
      telemetry: { log, failed: (code: string) => failed.push(code), gauge: () => undefined },
    } as never,
  };
}

t.test('a file that is replaced is taken when asked to, a broken one is not', async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'bundle.tar.gz');
  cpSync(bundle, file);
  const { entered, failed, parts: given } = parts();
  const keeper = await openPolicy(parseConfig('policy: {source: bundle.tar.gz}', 'test', folder), given);
  t.match(entered, [{ action: 'loaded' }]);
  const { digest } = keeper?.current ?? {};
  t.ok(digest);
  writeFileSync(file, 'rubbish');
  await keeper?.look();
  t.equal(keeper?.current?.digest, digest);
  t.match(entered.slice(1), [{ action: 'refused', code: 'policy_invalid' }]);
  t.same(failed, ['policy_invalid']);
  keeper?.close();
});

t.test('a service needs https, or loopback, and keys; without a source there is no policy', async (t) => {
  const folder = t.testdir();
  const { parts: given } = parts();
  t.equal(await openPolicy(parseConfig('', 'test', folder), given), null);
  for (const source of ['http://example.com/b.tar.gz', 'http://127.0.0.1.example.com/b'])
    t.throws(() => parseConfig(`policy: {source: ${source}}`, 'test', folder), { code: 'config_invalid' });
  const unsigned = parseConfig('policy: {source: "https://example.com/b.tar.gz"}', 'test', folder);
  await t.rejects(openPolicy(unsigned, given), { code: 'config_invalid', message: /policy\.keys/ });
  const missing = parseConfig('policy: {source: "https://example.com/b.tar.gz", keys: [no.pem]}', 'test', folder);
  await t.rejects(openPolicy(missing, given), { code: 'config_invalid', message: /no\.pem can not be read/ });
});

t.test('what a service sends without a signature is refused, and denies', async (t) => {
  const folder = t.testdir();
  mkdirSync(join(folder, 'state'));
  const server = createServer((_request, response) => response.end(readFileSync(bundle))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/bundle.tar.gz`;
  writeFileSync(join(folder, 'key.pem'), '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n');
  const { entered, parts: given } = parts();
  const keeper = await openPolicy(parseConfig(`policy: {source: "${url}", keys: [key.pem]}`, 'test', folder), given);
  t.equal(keeper?.current, null);
  t.match(entered, [{ action: 'refused', code: 'policy_invalid' }]);
  keeper?.close();
});
