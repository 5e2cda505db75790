import t from 'tap';
import { configSchema, listenerOf, parseConfig, readConfig } from '../plugin/config.ts';
import { CountersignError } from '../plugin/errors.ts';

const refusal = (text: string): string => {
  try {
    parseConfig(text, 'countersign.yaml', '/etc/countersign');
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'config_invalid') return error.message;
    throw error;
  }
  return 'accepted';
};

t.test('an empty file is a whole configuration', async (t) => {
  const config = parseConfig('', 'countersign.yaml', '/etc/countersign');
  t.equal(config.listen, 'unix:/etc/countersign/run/countersign.sock');
  t.equal(config.policy.path, 'envoy/authz/allow');
  t.equal(config.holds.wait, 600_000);
  t.match(config.audit.writer, /^[a-z0-9-]+$/);
});

t.test('durations are milliseconds, relative paths count from the file', async (t) => {
  const config = parseConfig(
    'state: data\npolicy: {source: ../policy}\nholds: {wait: 90s}\nidentity: {issuers: [{issuer: x, jwks: keys.json}, {issuer: y, jwks: "https://idp.example.com/jwks"}]}\nmask: {keys: {default: k}}\n',
    'c.yaml',
    '/etc/countersign',
  );
  t.equal(config.holds.wait, 90_000);
  t.equal(config.state, '/etc/countersign/data');
  t.equal(config.policy.source, '/etc/policy');
  t.same(
    config.identity.issuers.map((one) => one.jwks),
    ['/etc/countersign/keys.json', 'https://idp.example.com/jwks'],
  );
  t.equal(config.mask.keys.default, '/etc/countersign/k');
});

t.test('what is wrong is named by line, key and remedy', async (t) => {
  for (const [text, expected] of [
    ['lisen: unix:a', 'countersign.yaml:1:1: lisen: unknown key; did you mean "listen"?'],
    ['holds:\n  wiat: 60s\n', 'countersign.yaml:2:3: holds.wiat: unknown key; did you mean "wait"?'],
    [
      'identity:\n  issuers:\n    - isuer: x\n',
      'countersign.yaml:3:7: identity.issuers.0.isuer: unknown key; did you mean "issuer"?',
    ],
    ['holds:\n  wait: 60\n', 'countersign.yaml:2:3: holds.wait:'],
    ['holds:\n  wait: 1y\n', 'expected a duration such as 250ms'],
    ['listen: 9191', 'countersign.yaml:1:1: listen:'],
    ['listen: nowhere', 'expected unix:PATH or HOST:PORT'],
    ['audit: {domain: "Log.Example.com:80"}', 'expected a lower-case DNS name'],
    ['state: a\nstate: b\n', 'countersign.yaml:2:1: not YAML: Map keys must be unique'],
    ['a: [', 'not YAML'],
    ['- a', 'countersign.yaml:1:1: the file:'],
  ] as const)
    t.match(refusal(text), expected, text);
});

t.test('a file that is not there is named', async (t) => {
  t.throws(() => readConfig('/nowhere/countersign.yaml'), { code: 'config_invalid', message: /-c FILE/ });
});

t.test('the JSON Schema is closed and describes every section', async (t) => {
  const schema = configSchema() as { additionalProperties: boolean; properties: Record<string, unknown> };
  t.equal(schema.additionalProperties, false);
  for (const key of ['listen', 'admin', 'policy', 'identity', 'holds', 'audit', 'record', 'mask'])
    t.ok(schema.properties[key], key);
});

t.test('an address is a listener', async (t) => {
  t.same(listenerOf('unix:/run/a.sock'), { unix: '/run/a.sock' });
  t.same(listenerOf('127.0.0.1:9191'), { host: '127.0.0.1', port: 9191 });
  t.same(listenerOf('[::1]:9191'), { host: '::1', port: 9191 });
});
