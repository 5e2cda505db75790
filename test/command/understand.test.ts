import t from 'tap';
import { seen } from '../../plugin/command/seen.ts';
import { understand } from '../../plugin/command/understand.ts';
import { requestOf } from '../identity/request.ts';

const task = (kind: string, body: string, extensions: Record<string, string> = {}) => ({
  kind,
  maxBytes: 200,
  request: seen(requestOf({ headers: { 'content-type': 'application/json' }, body: Buffer.from(body), extensions })),
});

t.test('each kind of task', async (t) => {
  t.match(await understand(task('sql', '{"sql":"DROP TABLE t"}')), { commands: [{ statements: [{ kind: 'drop' }] }] });
  t.match(await understand(task('graphql', '{"query":"{ a }"}')), { commands: [{ kind: 'graphql' }], broken: false });
  t.match(await understand(task('cobol', '')), { commands: [{ kind: 'unparsed' }] });
  t.match(await understand(task('sql', JSON.stringify({ sql: `SELECT '${'x'.repeat(200)}'` }))), {
    commands: [{ kind: 'unparsed', reason: /longer than 200 bytes/ }],
  });
});

t.test('a parser that broke says so, and nothing else', async (t) => {
  const deep = {
    ...task('sql', JSON.stringify({ sql: `SELECT ${'('.repeat(60_000)}1${')'.repeat(60_000)}` })),
    maxBytes: 200_000,
  };
  const { commands } = await understand(deep);
  t.match(commands, [{ kind: 'unparsed' }]);
});
