/** Threat 8: a Check may hold no body and no sign of it. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { parse, parseDocument } from 'yaml';
import { inspectBootstrap } from '../../../plugin/envoy/bootstrap.ts';
import type { Json } from '../../../plugin/request.ts';
import { type Stack, startStack } from '../fixture/stack.ts';
import { addRoute, authzSettings, manager, threatPolicy } from '../fixture/threats.ts';

const quickstart = new URL('../../../examples/quickstart/envoy.yaml', import.meta.url);

const sql = {
  'countersign.command': 'sql',
  'countersign.sql.dialect': 'sqlite',
  'countersign.sql.path': '$.sql',
  'countersign.trailers': 'removed',
};
const unbuffered = { disable_request_body_buffering: true, context_extensions: sql };
const drop = JSON.stringify({ sql: 'DROP TABLE customers' });

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  envoyPatch(config) {
    config.setIn([...manager, 'upgrade_configs'], config.createNode([{ upgrade_type: 'websocket' }]));
    for (const path of ['/shown', '/held'])
      addRoute(config, { name: path, match: { prefix: path }, typed_per_filter_config: authzSettings(unbuffered) });
    for (const path of ['/shown/buffered', '/held/buffered'])
      addRoute(config, {
        name: path,
        match: { prefix: path },
        typed_per_filter_config: authzSettings({ context_extensions: sql }),
      });
  },
});

/** One request of the agent, written byte by byte; what came back until Envoy closed. */
async function raw(stack: Stack, path: string, lines: readonly string[], body: string): Promise<Buffer> {
  const token = await stack.idp.token('reporting-agent', 'api');
  const socket = createConnection(stack.port(), '127.0.0.1');
  const head = [`POST ${path} HTTP/1.1`, 'host: quickstart', `authorization: Bearer ${token}`, ...lines];
  socket.write(`${head.join('\r\n')}\r\ncontent-type: application/json\r\n\r\n${body}`);
  return Buffer.concat((await socket.toArray()) as Buffer[]);
}

async function http2(stack: Stack, path: string, headers: object = {}): Promise<Buffer> {
  const session = connect(`http://127.0.0.1:${stack.port()}`);
  try {
    const authorization = `Bearer ${await stack.idp.token('reporting-agent', 'api')}`;
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      authorization,
      'content-type': 'application/json',
      ...headers,
    });
    stream.end(drop);
    await once(stream, 'response');
    return Buffer.concat((await stream.toArray()) as Buffer[]);
  } finally {
    session.destroy();
  }
}

const close = 'connection: close';
const chunked = `${drop.length.toString(16)}\r\n${drop}\r\n0\r\n\r\n`;

/** Ways of sending a body, on a route that has buffering off; by them a Check has shown no body, and no sign of it. */
const ways: readonly (readonly [string, (path: string) => Promise<Buffer>])[] = [
  ['with a length', (path) => raw(stack, path, [close, `content-length: ${drop.length}`], drop)],
  ['chunked', (path) => raw(stack, path, [close, 'transfer-encoding: chunked'], chunked)],
  ['over HTTP/2', (path) => http2(stack, path)],
  ['over HTTP/2 with a length', (path) => http2(stack, path, { 'content-length': drop.length })],
];

/** The JSON at the end of a raw response. */
const shown = (bytes: Buffer) => JSON.parse(/\{.*\}/s.exec(bytes.toString('utf8'))?.[0] ?? 'null');

for (const [way, ask] of ways) {
  t.test(`threat 8: a body ${way}, not buffered, is unseen: truncated, and its command unparsed`, async (t) => {
    t.match(shown(await ask('/shown')), { truncated: true, commands: [{ kind: 'unparsed' }] });
  });
  t.test(`threat 8: a body ${way}, not buffered, can not be held`, async (t) => {
    t.match(shown(await ask('/held')), { status: 403, type: /hold-impossible$/, detail: /not seen whole/ });
  });
  t.test(`threat 8: a body ${way} is seen where it is buffered`, async (t) => {
    t.match(shown(await ask('/shown/buffered')), { truncated: false, commands: [{ kind: 'sql' }] });
  });
}

for (const [path, expected] of [
  ['/shown/buffered', { truncated: true, commands: [{ kind: 'unparsed' }] }],
  ['/held/buffered', { status: 403, detail: /upgraded connection is not observed/ }],
  ['/open/upgraded', { status: 403, detail: /upgraded connection is not observed/ }],
  ['/tunnel/upgraded', { status: 403, detail: /upgraded connection is not observed/ }],
] as const)
  t.test(`threat 8: an upgrade on a POST hides its body, at ${path}: refused`, async (t) => {
    const upgrade = ['connection: upgrade', 'upgrade: websocket', `content-length: ${drop.length}`];
    const token = await stack.idp.token('reporting-agent', 'api');
    const socket = createConnection(stack.port(), '127.0.0.1');
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: quickstart\r\nauthorization: Bearer ${token}\r\n${upgrade.join('\r\n')}\r\ncontent-type: application/json\r\n\r\n${drop}`,
    );
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      if (/\{.*\}/s.test(text)) break;
    }
    t.match(shown(Buffer.from(text)), expected);
  });

t.test('threat 8: nothing of it was executed', async (t) => {
  t.equal(stack.arrivals.length, 0);
});

t.test(
  "threat 8: envoy check names a route that hides bodies, whatever the operator's word about them is",
  async (t) => {
    const named = (config: unknown) => inspectBootstrap(config as Json).filter(({ check }) => check === 'unseen-body');
    t.match(named(parse(await readFile(join(stack.folder, 'envoy.yaml'), 'utf8'))), [
      { where: /held/ },
      { where: /shown/ },
    ]);
    const config = parseDocument(await readFile(quickstart, 'utf8'));
    t.same(named(config.toJS()), []);
    // The host's word, that every body is buffered, is this route's too: nobody would see the contradiction in a Check.
    addRoute(config, {
      name: 'hides',
      typed_per_filter_config: authzSettings({ disable_request_body_buffering: true }),
    });
    t.match(named(config.toJS()), [{ where: /hides/ }]);
  },
);
