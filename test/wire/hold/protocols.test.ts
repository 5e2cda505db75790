/** A refusal in the shape of the caller's protocol, through the real Envoy, to real clients where there are some. */

import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, Metadata, makeClientConstructor, type ServiceError } from '@grpc/grpc-js';
import t from 'tap';
import { until } from '../../../examples/quickstart/child.ts';
import { bob, holdStack, json, verdict } from '../fixture/holds.ts';
import { addRoute, authzSettings } from '../fixture/threats.ts';

/** What a receiver of webhooks got; the first post is answered 503. */
const posts: { readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }[] = [];
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    posts.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(posts.length === 1 ? 503 : 200).end();
  });
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
t.teardown(() => new Promise((resolve) => receiver.close(resolve)));
const key = Buffer.alloc(32, 3);
const folder = await mkdtemp(join(tmpdir(), 'webhook-'));
t.teardown(() => rm(folder, { recursive: true }));
const secret = join(folder, 'webhook.key');
await writeFile(secret, `whsec_${key.toString('base64')}\n`, { mode: 0o600 });

const stack = await holdStack(t, {
  configPatch(config) {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    config.setIn(['holds', 'console'], 'https://approve.example.com');
    config.setIn(
      ['holds', 'webhooks'],
      config.createNode([
        { url, secret },
        { url, format: 'slack' },
      ]),
    );
  },
  envoyPatch(config) {
    const mcp = authzSettings({
      context_extensions: { 'countersign.command': 'mcp', 'countersign.trailers': 'removed' },
    });
    addRoute(config, { match: { prefix: '/one/mcp' }, typed_per_filter_config: mcp });
    const grpc = authzSettings({ context_extensions: { 'countersign.trailers': 'removed' } });
    addRoute(config, { match: { prefix: '/one/rpc' }, typed_per_filter_config: grpc });
  },
});

const mcp = (body: object) => stack.request({ path: '/one/mcp', body });
const call = (id: number | string) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'drop', arguments: {} },
});

t.test('an MCP client gets an error of JSON-RPC with the ticket as its data', async (t) => {
  const answer = await mcp(call(7));
  t.equal(answer.status, 200);
  t.equal(answer.headers['content-type'], 'application/json');
  t.match(json(answer), {
    jsonrpc: '2.0',
    id: 7,
    error: {
      code: -32001,
      message: /waits for approval: people decide/,
      data: { state: 'pending', hold: /^h_/, console: /^https:/, needed: [[{ group: 'dba', count: 1 }]] },
    },
  });
  const { error } = json<{ error: { data: { hold: string } } }>(answer);
  await verdict(stack, error.data.hold, bob);
  t.same(json(await mcp(call(7))), { executed: true });
  t.match(json(await mcp([call('a'), call('b')] as unknown as object)), [{ id: 'a' }, { id: 'b' }], 'each of a batch');
  t.equal((await mcp({ jsonrpc: '2.0', method: 'notifications/x' })).status, 403, 'a notification has no answer');
});

t.test('a gRPC client gets a status with details', async (t) => {
  const Client = makeClientConstructor(
    {
      drop: {
        path: '/one/rpc/Drop',
        requestStream: false,
        responseStream: false,
        requestSerialize: (bytes: Buffer) => bytes,
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (bytes: Buffer) => bytes,
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    },
    'one.rpc',
  );
  const client = new Client(`127.0.0.1:${stack.port()}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${await stack.idp.token('reporting-agent', 'api')}`);
  const error = await new Promise<ServiceError>((resolve, reject) => {
    const drop = client.drop as unknown as (
      bytes: Buffer,
      metadata: Metadata,
      done: (error: ServiceError | null) => void,
    ) => void;
    drop.call(client, Buffer.from('x'), metadata, (refused) =>
      refused ? resolve(refused) : reject(new Error('allowed')),
    );
  });
  t.equal(error.code, 7);
  t.match(error.details, /waits for approval: people decide/);
  const details = error.metadata.get('grpc-status-details-bin')[0]?.toString('latin1') ?? '';
  for (const text of [
    'google.rpc.ErrorInfo',
    'HOLD_PENDING',
    'countersign.dev',
    'https://approve.example.com/holds/h_',
    'google.rpc.RetryInfo',
  ])
    t.ok(details.includes(text), text);
});

t.test('webhooks are signed, tried again, and say id, rule and link only', async (t) => {
  const { hold } = json<{ hold: string }>(
    await stack.request({
      path: '/one/canary?q=canary',
      body: { canary: 'canary' },
      headers: { 'x-canary': 'canary' },
    }),
  );
  const told = await until('both webhooks to be told', async () => {
    const own = posts.filter(({ body }) => body.includes(hold));
    return own.length >= 2 ? own : undefined;
  });
  for (const { headers, body } of told.filter(({ headers }) => headers['webhook-signature'])) {
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    t.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    t.strictSame(JSON.parse(body).data, { hold, rule: 'holds/one', link: `https://approve.example.com/holds/${hold}` });
  }
  t.ok(
    told.some(({ body }) => body.includes('"blocks"')),
    'the preset of Slack',
  );
  t.notMatch(JSON.stringify(posts), /canary|reporting-agent|executed/);
  const first = posts[0]?.headers['webhook-id'];
  await until('the refused post to come again', async () =>
    posts.filter(({ headers }) => headers['webhook-id'] === first).length >= 2 ? true : undefined,
  );
});
