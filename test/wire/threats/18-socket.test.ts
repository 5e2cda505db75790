/** Threat 18: any local process that reaches the socket is Envoy. */
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parseDocument } from 'yaml';
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

/** Starts another Countersign whose `listen` is this; it must refuse before it serves. */
async function refused(name: string, listen: string, flags: readonly string[] = []) {
  const config = parseDocument(await readFile(stack.config, 'utf8'));
  config.set('listen', listen);
  config.set('admin', `unix:${stack.folder}/run/${name}.sock`);
  config.set('state', join(stack.folder, name));
  const file = join(stack.folder, `${name}.yaml`);
  await writeFile(file, config.toString());
  return stack.cli(['serve', '-c', file, ...flags]);
}

const open = join(stack.folder, 'open');
await mkdir(open);
await chmod(open, 0o755);
await writeFile(join(stack.folder, 'run', 'file.sock'), 'not a socket');

for (const [name, listen, flags, message] of [
  ['open-folder', `unix:${open}/grpc.sock`, [], /0750 at most/],
  ['taken', `unix:${stack.folder}/run/countersign.sock`, [], /another process listens/],
  ['file', `unix:${stack.folder}/run/file.sock`, [], /expected a socket or nothing/],
  ['loopback', '127.0.0.1:0', [], /insecure.loopback/],
  ['loopback-by-name', 'localhost:0', [], /insecure.loopback/],
  ['loopback-v6', '[::1]:0', [], /insecure.loopback/],
  ['everywhere', '0.0.0.0:0', [], /neither a unix socket nor loopback/],
  ['everywhere-insecure', '0.0.0.0:0', ['--insecure-loopback'], /neither a unix socket nor loopback/],
  ['everywhere-v6-insecure', '[::]:0', ['--insecure-loopback'], /neither a unix socket nor loopback/],
  ['elsewhere-insecure', '127.0.0.1.example.com:0', ['--insecure-loopback'], /neither a unix socket nor loopback/],
] as const)
  t.test(`threat 18: ${name}: does not start`, async (t) => {
    const { code, signal, stdout, stderr } = await refused(name, listen, flags);
    t.not(code, 0);
    t.equal(signal, null, 'by itself');
    t.match(stdout + stderr, message);
  });

/** Envoy's Check of a POST by somebody, with what an attacker who reaches the socket may choose. */
function check(id: string, sub: string, body: string, path = '/held/x'): Promise<Checked> {
  const text = (value: string) => ({ stringValue: value });
  const groups = { listValue: { values: [text('agents')] } };
  const claims = { iss: text('https://idp.example.com'), sub: text(sub), kind: text('agent'), groups };
  const payload = { structValue: { fields: claims } };
  const http = { id, method: 'POST', path, rawBody: Buffer.from(body).toString('base64') };
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
      const answer = await check(id, sub, body, '/ticket/x');
      t.notOk(answer.okResponse, what);
      const held = check(id, sub, body);
      const hold = await theHold(stack);
      t.equal(hold.state, 'pending', `${what}: it waits as a request of its own`);
      await decide(stack, hold, 'reject');
      t.notOk((await held).okResponse, what);
      await decide(stack, await theHold(stack), 'reject');
    }
  },
);
