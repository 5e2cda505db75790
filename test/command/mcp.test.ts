import t from 'tap';
import { mcp } from '../../plugin/command/mcp.ts';
import { seen } from '../../plugin/command/seen.ts';
import { headerOf, requestOf } from '../identity/request.ts';

const json = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Parameters<typeof requestOf>[0] = { headers: json }) =>
  mcp(seen(requestOf({ body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), ...headers })));
const call = (name: unknown, given?: unknown, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: given },
});

t.test('a call of a tool, with its arguments', async (t) => {
  const headers = { ...json, 'mcp-session-id': 's1', 'mcp-protocol-version': '2025-06-18' };
  t.strictSame(post(call('search', { q: 'x', deep: { a: [1] } }), { headers }), [
    {
      kind: 'mcp',
      session: 's1',
      protocol: '2025-06-18',
      batch: false,
      type: 'request',
      method: 'tools/call',
      id: 1,
      tool: 'search',
      arguments: { q: 'x', deep: { a: [1] } },
    },
  ]);
  t.match(post(call('now')), [{ tool: 'now', arguments: {} }]);
});

t.test('each kind of message', async (t) => {
  const rows: [object, object][] = [
    [
      { id: 'a', method: 'tools/list' },
      { type: 'request', method: 'tools/list', id: 'a' },
    ],
    [
      { id: 1, method: 'initialize', params: { capabilities: {} } },
      { type: 'request', method: 'initialize' },
    ],
    [{ method: 'notifications/cancelled', params: { requestId: 1 } }, { type: 'notification' }],
    [
      { method: 'tools/call', params: { name: 'x' } },
      { type: 'notification', method: 'tools/call', tool: 'x' },
    ],
    [
      { id: 1, result: {} },
      { type: 'response', id: 1 },
    ],
    [
      { id: 1, error: { code: 1, message: '' } },
      { type: 'response', id: 1 },
    ],
    [{ id: 1, method: 'resources/read', params: { uri: 'file:///etc/passwd' } }, { uri: 'file:///etc/passwd' }],
    [{ id: 1, method: 'resources/subscribe', params: { uri: 'a:b' } }, { uri: 'a:b' }],
    [
      { id: 1, method: 'prompts/get', params: { name: 'p', arguments: { a: 'b' } } },
      { prompt: 'p', arguments: { a: 'b' } },
    ],
    [{ id: 1, method: 'logging/setLevel', params: { level: 'debug' } }, { level: 'debug' }],
    [{ id: 1, method: 'vendor/extension', params: { x: 1 } }, { method: 'vendor/extension' }],
  ];
  for (const [message, facts] of rows) t.match(post({ jsonrpc: '2.0', ...message }), [{ kind: 'mcp', ...facts }]);
});

t.test('each member of a batch is a command of its own, one that is no message included', async (t) => {
  t.match(post([call('a'), call('b'), { jsonrpc: '2.0', method: 'notifications/initialized' }]), [
    { tool: 'a', batch: true },
    { tool: 'b', batch: true },
    { type: 'notification', batch: true },
  ]);
  t.match(post([call('a'), { jsonrpc: '1.0' }]), [{ tool: 'a' }, { kind: 'unparsed' }]);
});

t.test('the stream and the end of a session', async (t) => {
  const headers = { 'mcp-session-id': 's1' };
  const none = { protocol: null, session: 's1', kind: 'mcp' };
  t.strictSame(mcp(seen(requestOf({ method: 'GET', headers }))), [{ ...none, type: 'stream' }]);
  t.strictSame(mcp(seen(requestOf({ method: 'DELETE', headers }))), [{ ...none, type: 'end' }]);
});

t.test('what servers may read in several ways is unparsed', async (t) => {
  const rows: [string, ReturnType<typeof post>, RegExp][] = [
    [
      'a tool named twice',
      post('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}'),
      /twice/,
    ],
    [
      'twice but for case',
      post('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}'),
      /twice/,
    ],
    ['folded by NFKC', post('{"jsonrpc":"2.0","id":1,"method":"a","ﬁ":1,"fi":2}'), /twice/],
    ['no version', post({ id: 1, method: 'tools/list' }), /JSON-RPC/],
    ['no method', post({ jsonrpc: '2.0', id: 1 }), /neither/],
    ['both', post({ jsonrpc: '2.0', id: 1, method: 'a', result: {} }), /both/],
    ['an id of null', post({ ...call('a'), id: null }), /id/],
    ['positional params', post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: ['a'] }), /params/],
    ['no tool', post({ jsonrpc: '2.0', id: 1, method: 'tools/call' }), /no name/],
    ['a tool of another type', post(call(['a'])), /no name/],
    ['arguments as text', post(call('a', '{"x":1}')), /arguments/],
    ['an empty batch', post([]), /empty/],
    ['a batch without end', post(Array.from({ length: 101 }, () => call('a'))), /more than 100/],
    ['a batch in a batch', post([[call('a')]]), /JSON-RPC/],
    [
      'a big integer',
      post('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":9007199254740993}}}'),
      /round/,
    ],
    ['no type', post(call('a'), { headers: {} }), /content type/],
    ['encoded', post(call('a'), { headers: { ...json, 'content-encoding': 'gzip' } }), /content-encoding/],
    [
      'a session twice',
      post(call('a'), { headers: [headerOf('mcp-session-id', 'a'), headerOf('mcp-session-id', 'b')] }),
      /twice/,
    ],
    ['a header that says another tool', post(call('a'), { headers: { ...json, 'mcp-name': 'b' } }), /mcp-name/],
    [
      'a header that says another method',
      post(call('a'), { headers: { ...json, 'mcp-method': 'tools/list' } }),
      /mcp-method/,
    ],
    ['another method', mcp(seen(requestOf({ method: 'PUT' }))), /POST, GET and DELETE/],
    ['unseen', mcp(seen(requestOf({ headers: json, body: null }))), /unseen/],
  ];
  for (const [name, commands, reason] of rows) t.match(commands, [{ kind: 'unparsed', reason }], name);
  t.match(post(call('a'), { headers: { ...json, 'mcp-name': 'a', 'mcp-method': 'tools/call' } }), [{ tool: 'a' }]);
});
