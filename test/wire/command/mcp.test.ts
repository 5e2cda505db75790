/** MCP's own client and server with the real Envoy and the library's agent policy between them. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import t from 'tap';
import { isMap, isSeq } from 'yaml';
import { z } from 'zod';
import { findOpa } from '../../../examples/quickstart/tools.mjs';
import { buildBundle } from '../../../plugin/policy/compile.ts';
import { startStack } from '../fixture/stack.ts';

const path = 'countersign/examples/agent/allow';
const source = fileURLToPath(new URL('../../../policies', import.meta.url));
const bundle = await buildBundle({ source, path, opa: findOpa() }, new Map());

/** Every call that a tool got, by its name. */
const calls: string[] = [];

function tools(): McpServer {
  const server = new McpServer({ name: 'tools', version: '1.0.0' });
  server.registerTool('add', { inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => {
    calls.push('add');
    return { content: [{ type: 'text', text: String(a + b) }], structuredContent: { sum: a + b, password: 'canary' } };
  });
  server.registerTool('shell', { inputSchema: { command: z.string() } }, () => {
    calls.push('shell');
    return { content: [] };
  });
  server.registerTool('slow', {}, () => ({ content: [] }));
  return server;
}

const sessions = new Map<string, StreamableHTTPServerTransport>();
const upstream = createServer(async (request, response) => {
  const known = sessions.get(String(request.headers['mcp-session-id']));
  if (known !== undefined) return known.handleRequest(request, response);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  await tools().connect(transport as Transport);
  await transport.handleRequest(request, response);
});
upstream.listen(0, '127.0.0.1');
await once(upstream, 'listening');
t.teardown(() => {
  upstream.closeAllConnections();
  upstream.close();
});

const stack = await startStack(t, {
  policy: `${t.testdir({ 'bundle.tar.gz': bundle })}/bundle.tar.gz`,
  configPatch: (config) => config.setIn(['policy', 'path'], path),
  envoyPatch(config) {
    const clusters = config.getIn(['static_resources', 'clusters']);
    for (const cluster of isSeq(clusters) ? clusters.items : [])
      if (isMap(cluster) && cluster.get('name') === 'upstream')
        cluster.setIn(
          ['load_assignment', 'endpoints', 0, 'lb_endpoints', 0, 'endpoint', 'address', 'socket_address', 'port_value'],
          (upstream.address() as AddressInfo).port,
        );
    const manager = ['static_resources', 'listeners', 0, 'filter_chains', 0, 'filters', 0, 'typed_config'];
    const route = [...manager, 'route_config', 'virtual_hosts', 0, 'routes', 1];
    const settings = ['typed_per_filter_config', 'envoy.filters.http.ext_authz', 'check_settings'];
    config.setIn([...route, ...settings, 'context_extensions', 'countersign.command'], 'mcp');
  },
});

const headers = { authorization: `Bearer ${await stack.idp.token('reporting-agent', 'api')}` };
const connect = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${stack.port()}/mcp`), {
    requestInit: { headers },
  });
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(transport as Transport);
  return { client, transport };
};

t.test('a client begins, looks around, calls a tool on the list, and ends; secrets never come back', async (t) => {
  const { client, transport } = await connect();
  const { tools: listed } = await client.listTools();
  t.same(listed.map(({ name }) => name).sort(), ['add', 'shell', 'slow']);
  const result = await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
  t.match(result, { content: [{ type: 'text', text: '3' }], structuredContent: { sum: 3 } });
  t.notMatch(JSON.stringify(result), /canary/);
  await transport.terminateSession();
  await client.close();
});

/** A refusal as MCP's own client shows it: an error of JSON-RPC with the problem document as its data. */
const refusedBy = (rule: string) => ({ code: -32_001, data: { rule } });

t.test('a tool that is not on the list, and an argument beyond its limits, never reach the server', async (t) => {
  const { client } = await connect();
  t.teardown(() => client.close());
  calls.length = 0;
  await t.rejects(client.callTool({ name: 'shell', arguments: { command: 'id' } }), refusedBy('mcp/tool'));
  await t.rejects(client.callTool({ name: 'slow', arguments: {} }), refusedBy('mcp/tool'));
  await t.rejects(client.callTool({ name: 'add', arguments: { a: 1, b: 1_001 } }), refusedBy('mcp/argument'));
  await t.rejects(client.callTool({ name: 'add', arguments: { a: 1, b: 1, c: 1 } }), refusedBy('mcp/argument'));
  await client.callTool({ name: 'add', arguments: { a: 1, b: 1_000 } });
  t.same(calls, ['add']);
});

const post = (body: string, more: Record<string, string> = {}) =>
  stack.request({
    method: 'POST',
    path: '/mcp',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...more },
    body: Buffer.from(body),
  });
const call = (name: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":{"a":1,"b":1}}}`;

t.test('what a server may read in another way is refused as unparsed', async (t) => {
  calls.length = 0;
  for (const [body, rule] of [
    [call('add').replace('"name":"add"', '"name":"add","name":"shell"'), 'commands/unparsed'],
    [call('add').replace('"name":"add"', '"name":"add","Name":"shell"'), 'commands/unparsed'],
    [`[${call('add')},${call('shell')}]`, 'mcp/tool'],
    ['[]', 'commands/unparsed'],
    [call('shell').replace('"id":1,', ''), 'mcp/method'],
  ] as const) {
    // A session of its own each: five denials are one loop.
    const { status, body: answer } = await post(body, { 'mcp-session-id': randomUUID() });
    const said = [JSON.parse(answer.toString())].flat()[0] as { rule?: string; error?: { data: { rule: string } } };
    t.equal(said.error?.data.rule ?? said.rule, rule, body);
    t.equal(status, said.error === undefined ? 403 : 200, 'a request has an answer of JSON-RPC, the rest a status');
  }
  t.same(calls, []);
});

t.test('a session that is denied again and again goes in circles', async (t) => {
  const session = { 'mcp-session-id': randomUUID() };
  for (let n = 0; n < 6; n++) await post(call('shell'), session);
  const { status, body } = await post(call('add'), session);
  t.equal(status, 200);
  t.match(JSON.parse(body.toString()), { error: refusedBy('mcp/loop') });
});
