/** Threat 18: any local process that reaches the socket is Envoy. */
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parseDocument } from 'yaml';
import { parseConfig } from '../../../plugin/config.ts';
import { serve } from '../../../plugin/serve.ts';
import { decide, theHold } from '../fixture/people.ts';
import { startStack } from '../fixture/stack.ts';
import { type Checked, checkDirectly, threatPolicy } from '../fixture/threats.ts';

const stack = await startStack(t, { policy: await threatPolicy(t), start: false });
await stack.startPlugin();

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

t.test('threat 18: nobody else can reach the sockets, or read what is kept', async (t) => {
  const run = join(stack.folder, 'run');
  t.equal(Number.parseInt(await modeOf(run), 8) & 0o027, 0, 'the folder is 0750 at most');
  t.equal(Number.parseInt(await modeOf(join(run, 'countersign.sock')), 8) & 0o117, 0, '0660 at most');
  t.equal(await modeOf(join(run, 'admin.sock')), '600');
  const state = join(stack.folder, 'state');
  t.equal(await modeOf(state), '700');
  t.equal(await modeOf(join(state, 'keys')), '700');
  for (const key of await readdir(join(state, 'keys'), { recursive: true, withFileTypes: true }))
    if (key.isFile()) t.equal(await modeOf(join(key.parentPath, key.name)), '600', key.name);
  t.equal(await modeOf(join(state, 'holds.db')), '600');
});

/** The service's configuration with another listener, and everything else of its own. */
async function configOf(name: string, listen: string): Promise<string> {
  const config = parseDocument(await readFile(stack.config, 'utf8'));
  config.set('listen', listen);
  config.set('admin', `unix:${stack.folder}/run/${name}.sock`);
  config.set('state', join(stack.folder, name));
  return config.toString();
}

const open = join(stack.folder, 'open');
await mkdir(open);
await chmod(open, 0o755);
await writeFile(join(stack.folder, 'run', 'file.sock'), 'not a socket');

const elsewhere = /neither a unix socket nor loopback/;
const rows: readonly (readonly [name: string, listen: string, insecureLoopback: boolean, message: RegExp])[] = [
  ['a folder that others can enter', `unix:${open}/grpc.sock`, false, /0750 at most/],
  ['a socket that is in use', `unix:${stack.folder}/run/countersign.sock`, false, /another process listens/],
  ['a file that is no socket', `unix:${stack.folder}/run/file.sock`, false, /expected a socket or nothing/],
  ['loopback', '127.0.0.1:0', false, /insecure.loopback/],
  ['loopback by name', 'localhost:0', false, /insecure.loopback/],
  ['loopback of IPv6', '[::1]:0', false, /insecure.loopback/],
  ['every address', '0.0.0.0:0', false, elsewhere],
  ['every address, insecure loopback', '0.0.0.0:0', true, elsewhere],
  ['every IPv6 address, insecure loopback', '[::]:0', true, elsewhere],
  ['a name that begins like loopback', '127.0.0.1.example.com:0', true, elsewhere],
];

for (const [at, [name, listen, insecureLoopback, message]] of rows.entries())
  t.test(`threat 18: ${name}: does not start`, async (t) => {
    const text = `${await configOf(`row-${at}`, listen)}insecure_loopback: ${insecureLoopback}\nlog: { level: silent }\n`;
    const config = parseConfig(text, 'countersign.yaml', stack.folder);
    await t.rejects(serve(config), { code: 'config_invalid', message });
  });

t.test('threat 18: loopback without the word is refused on the command line, with the remedy', async (t) => {
  const file = join(stack.folder, 'loopback.yaml');
  await writeFile(file, await configOf('loopback', '127.0.0.1:0'));
  const { code, signal, stderr } = await stack.cli(['serve', '-c', file]);
  t.not(code, 0);
  t.equal(signal, null, 'it ends by itself');
  t.match(stderr, /--insecure-loopback/);
});

/** Envoy's Check of a POST by somebody, with what an attacker who reaches the socket may choose. */
function check(id: string, sub: string, body: string): Promise<Checked> {
  const text = (value: string) => ({ stringValue: value });
  const groups = { listValue: { values: [text('agents')] } };
  const claims = { iss: text('https://idp.example.com'), sub: text(sub), kind: text('agent'), groups };
  const payload = { structValue: { fields: claims } };
  const http = { id, method: 'POST', path: '/held/x', rawBody: Buffer.from(body).toString('base64') };
  const headers = [
    ['content-length', `${body.length}`],
    ['x-envoy-auth-partial-body', 'false'],
  ].map(([key = '', value = '']) => ({ key, rawValue: Buffer.from(value).toString('base64') }));
  return checkDirectly(
    stack,
    { ...http, headerMap: { headers } },
    { metadataContext: { filterMetadata: { 'envoy.filters.http.jwt_authn': { fields: { payload } } } } },
  );
}

t.test(
  'threat 18: a used approval is resumed by stream, digest and principal together, and by nothing less',
  async (t) => {
    const waiting = check('stream-1', 'agent-1', 'act');
    t.equal((await decide(stack, await theHold(stack))).status, 200);
    t.ok((await waiting).okResponse, 'the stream that waited is admitted');
    t.ok((await check('stream-1', 'agent-1', 'act')).okResponse, "Envoy's repetition of that very Check, too");
    for (const [what, id, sub, body] of [
      ['another stream', 'stream-2', 'agent-1', 'act'],
      ['another principal', 'stream-1', 'agent-2', 'act'],
      ['another body', 'stream-1', 'agent-1', 'act more'],
    ] as const) {
      const held = check(id, sub, body);
      const hold = await theHold(stack);
      t.equal(hold.state, 'pending', `${what}: it waits as a request of its own`);
      await decide(stack, hold, 'reject');
      t.notOk((await held).okResponse, what);
    }
  },
);
