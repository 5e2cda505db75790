import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { list } from 'tar';
import { requireSigned } from '../../plugin/policy/signature.ts';
import { withoutOpa } from './rego.ts';

/** A bundle that the real opa signed, as files; data with what JSON may spell in several ways. */
function signed(t: Test, name = 'key') {
  const folder = t.testdir();
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const key = join(folder, `${name}.pem`);
  writeFileSync(key, pair.privateKey.export({ format: 'pem', type: 'sec1' }));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'p.rego'), 'package envoy.authz\n\nallow := data.n == 1.0\n');
  writeFileSync(
    join(folder, 'src', 'data.json'),
    '{"n": 1.0, "long": 12345678901234567890, "ü": "<&>", "a": {"z": [], "b": null}}',
  );
  writeFileSync(join(folder, 'src', '.manifest'), '{"revision": "one", "metadata": {"serial": 7}}');
  const bundle = join(folder, 'bundle.tar.gz');
  const sign = ['--signing-key', key, '--signing-alg', 'ES256'];
  const args = ['build', '-t', 'wasm', '-e', 'envoy/authz/allow', '-o', bundle, ...sign, '-b', '.'];
  execFileSync(process.env.OPA || 'opa', args, { cwd: join(folder, 'src') });
  const files = new Map<string, Buffer>();
  list({
    file: bundle,
    sync: true,
    onReadEntry: (entry) => {
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(chunk));
      entry.on('end', () => files.set(entry.path.replace(/^\/+/, ''), Buffer.concat(chunks)));
    },
  });
  return { files, pem: pair.publicKey.export({ format: 'pem', type: 'spki' }) as string };
}

t.test('what opa signed holds, and nothing that was altered does', { skip: withoutOpa }, (t) => {
  const { files, pem } = signed(t);
  requireSigned('b', files, [pem]);
  t.ok(files.has('policy.wasm') && files.has('data.json') && files.has('.manifest'));
  const altered = (name: string, change: (text: Buffer) => Buffer) =>
    new Map(files).set(name, change(files.get(name) ?? Buffer.alloc(0)));
  for (const [why, changed, expected] of [
    [
      'a byte of the module',
      altered('policy.wasm', (old) => Buffer.concat([old, Buffer.from([0])])),
      /policy\.wasm is not/,
    ],
    [
      'a number spelled otherwise',
      altered('data.json', (old) => Buffer.from(old.toString().replace('1.0', '1'))),
      /data\.json is not/,
    ],
    [
      'another serial',
      altered('.manifest', (old) => Buffer.from(old.toString().replace('7', '8'))),
      /\.manifest is not/,
    ],
    ['a file more', new Map(files).set('more.json', Buffer.from('{}')), /more\.json is not signed/],
    ['a file less', new Map([...files].filter(([name]) => name !== 'data.json')), /data\.json, which is not there/],
    ['no signature', new Map([...files].filter(([name]) => name !== '.signatures.json')), /it is not signed/],
  ] as const)
    t.throws(() => requireSigned('b', changed, [pem]), { code: 'policy_invalid', message: expected }, why);
  t.end();
});

t.test("white space and order of JSON are nobody's to sign", { skip: withoutOpa }, (t) => {
  const { files, pem } = signed(t);
  const text = files.get('data.json')?.toString() ?? '';
  const spaced = Buffer.from(text.replaceAll(':', ' : '));
  requireSigned('b', new Map(files).set('data.json', spaced), [pem]);
  t.not(spaced.toString(), text);
  t.end();
});

t.test('only the keys that are named count', { skip: withoutOpa }, (t) => {
  const { files, pem } = signed(t);
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({
    format: 'pem',
    type: 'spki',
  });
  t.throws(() => requireSigned('b', files, [other as string]), {
    code: 'policy_invalid',
    message: /none of policy\.keys/,
  });
  requireSigned('b', files, [other as string, pem]);
  const [head = '', payload = ''] =
    (JSON.parse(files.get('.signatures.json')?.toString() ?? '') as { signatures: string[] }).signatures[0]?.split(
      '.',
    ) ?? [];
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const token of [`${none}.${payload}.`, `${head}.${payload}.`, 'x', ''])
    t.throws(
      () =>
        requireSigned(
          'b',
          new Map(files).set('.signatures.json', Buffer.from(JSON.stringify({ signatures: [token] }))),
          [pem],
        ),
      { code: 'policy_invalid' },
    );
  t.end();
});

t.test("this file's own text is no bundle", (t) => {
  const files = new Map([['policy.wasm', readFileSync(import.meta.filename)]]);
  t.throws(() => requireSigned('b', files, []), { message: /it is not signed/ });
  t.end();
});
