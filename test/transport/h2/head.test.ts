import t from 'tap';
import { areTrailers, blocks, readRequest } from '../../../plugin/transport/h2/head.ts';
import { openHpack } from '../../../plugin/transport/h2/hpack.ts';
import type { Field } from '../../../plugin/transport/h2/static-table.ts';

const pseudo: readonly Field[] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/s/M'],
];

t.test('a request has its method, path, type, length and call', (t) => {
  const head = readRequest([
    ...pseudo,
    [':authority', 'example.com'],
    ['content-type', 'application/grpc'],
    ['content-length', '12'],
    ['grpc-timeout', '5S'],
    ['cookie', 'a=1'],
    ['cookie', 'b=2'],
    ['x-a', '1'],
    ['x-a', '2'],
    ['te', 'trailers'],
  ]);
  t.match(head, { method: 'POST', path: '/s/M', contentType: 'application/grpc', length: 12 });
  const call = head?.call(1_000);
  t.equal(call?.deadline, 6_000);
  t.equal(call?.metadata['x-a'], '1, 2');
  t.equal(call?.metadata.cookie, 'a=1; b=2');
  t.notOk(call !== undefined && ':path' in call.metadata);
  t.equal(readRequest(pseudo)?.length, null);
  t.end();
});

t.test('RFC 9113 section 8: each malformed request is one', (t) => {
  const rows: readonly (readonly [string, readonly Field[]])[] = [
    ['no method', pseudo.slice(1)],
    ['no scheme', pseudo.filter(([name]) => name !== ':scheme')],
    ['no path', pseudo.slice(0, 2)],
    ['an empty path', [...pseudo.slice(0, 2), [':path', '']]],
    ['a pseudo field twice', [...pseudo, [':path', '/']]],
    ['an unknown pseudo field', [...pseudo, [':status', '200']]],
    ['a pseudo field after others', [...pseudo.slice(1), ['a', 'b'], [':method', 'POST']]],
    ['an upper-case name', [...pseudo, ['X-A', '1']]],
    ['a name with a space', [...pseudo, ['x a', '1']]],
    ['an empty name', [...pseudo, ['', '1']]],
    ['a NUL', [...pseudo, ['x-a', '1\0']]],
    ['a line feed', [...pseudo, ['x-a', '1\nx-b: 2']]],
    ['a space at the end', [...pseudo, ['x-a', '1 ']]],
    ['a line feed in the path', [...pseudo.slice(0, 2), [':path', '/\n']]],
    ['te that is not trailers', [...pseudo, ['te', 'gzip']]],
    ['a length that is none', [...pseudo, ['content-length', '-1']]],
    ['two lengths', [...pseudo, ['content-length', '1'], ['content-length', '1']]],
    ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map(
      (name): readonly [string, readonly Field[]] => [name, [...pseudo, [name, 'x']]],
    ),
  ];
  for (const [why, fields] of rows) t.equal(readRequest(fields), null, why);
  t.end();
});

t.test('trailers are regular fields', (t) => {
  t.ok(areTrailers([['x-a', '1']]));
  for (const field of [
    [':path', '/'],
    ['X-A', '1'],
    ['connection', 'x'],
  ] as const)
    t.notOk(areTrailers([field]));
  t.end();
});

t.test('what we answer decodes to what it says', (t) => {
  const text = (block: Buffer) => {
    const fields = openHpack(65_536)(block);
    return typeof fields === 'string' ? fields : fields.map((field) => field.join('='));
  };
  const head = [':status=200', 'content-type=application/grpc'];
  t.same(text(blocks.head(false)), head);
  t.same(text(blocks.head(true)), head);
  t.equal(blocks.head(true)[0], 0x20, 'the first block of a connection says that we have no table');
  t.same(text(blocks.trailers({ code: 0, message: '' })), ['grpc-status=0']);
  t.same(text(blocks.trailers({ code: 99, message: '' })), ['grpc-status=99']);
  t.same(text(blocks.trailersOnly(false, { code: 13, message: 'süß' })), [
    ...head,
    'grpc-status=13',
    'grpc-message=s%C3%BC%C3%9F',
  ]);
  t.same(text(blocks.http(true, 415)), [':status=415', 'content-type=text/plain']);
  t.ok(blocks.trailers({ code: 13, message: 'x'.repeat(1_000_000) }).length < 16_384, 'a block is one frame');
  t.end();
});
