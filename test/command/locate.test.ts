import t from 'tap';
import { locate } from '../../plugin/command/locate.ts';
import { seen } from '../../plugin/command/seen.ts';
import { headerOf, requestOf } from '../identity/request.ts';

const ask = (members: Parameters<typeof requestOf>[0]) => seen(requestOf(members));
const json = { 'content-type': 'application/json' };
const body = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

t.test('the text is found where the route says', async (t) => {
  const rows: [string, string, Record<string, string>, unknown, string][] = [
    ['$.sql', 'JSON', json, { sql: 'SELECT 1', other: 2 }, 'SELECT 1'],
    [
      '$.sql',
      'with a charset',
      { 'content-type': 'Application/JSON; charset="UTF-8"' },
      { sql: 'SELECT 1' },
      'SELECT 1',
    ],
    ['$.sql', 'a JSON type', { 'content-type': 'application/vnd.api+json' }, { sql: 'SELECT 1' }, 'SELECT 1'],
    ['$.q[1].text', 'deeper', json, { q: [{}, { text: 'SELECT 2' }] }, 'SELECT 2'],
    ['body', 'raw', { 'content-type': 'text/plain' }, 'SELECT 3', 'SELECT 3'],
    ['body', 'raw SQL', { 'content-type': 'application/sql;charset=utf-8' }, 'SELECT 3', 'SELECT 3'],
  ];
  for (const [path, name, headers, value, text] of rows)
    t.strictSame(locate(ask({ headers, body: body(value) }), path), { text }, name);
});

t.test('a body that the upstream may read differently has no text (threats 8, 9)', async (t) => {
  const good = { headers: json, body: body({ sql: 'SELECT 1' }) };
  const twice = [headerOf('content-type', 'application/json'), headerOf('content-type', 'text/plain')];
  const rows: [string, Parameters<typeof requestOf>[0], RegExp][] = [
    ['unseen', { ...good, body: null }, /^body unseen$/],
    ['no content type', { ...good, headers: {} }, /content type/],
    ['two content types', { ...good, headers: twice }, /content type/],
    ['joined content types', { ...good, headers: { 'content-type': 'application/json, text/plain' } }, /content type/],
    ['another charset', { ...good, headers: { 'content-type': 'application/json; charset=utf-16' } }, /content type/],
    [
      'two charsets',
      { ...good, headers: { 'content-type': 'application/json; charset=utf-8; charset=utf-7' } },
      /content type/,
    ],
    ['a form', { ...good, headers: { 'content-type': 'application/x-www-form-urlencoded' } }, /not JSON/],
    ['several parts', { ...good, headers: { 'content-type': 'multipart/form-data; boundary=x' } }, /content type/],
    ['encoded', { ...good, headers: { ...json, 'content-encoding': 'gzip' } }, /content-encoding/],
    ['another method', { ...good, headers: { ...json, 'x-http-method-override': 'DELETE' } }, /override/],
    ['the same name in the query', { ...good, path: '/sql?sql=DROP+TABLE+t' }, /query/],
    ['the same name in the query, encoded', { ...good, path: '/sql?a=1&%53QL=DROP' }, /query/],
    ['not there', { ...good, body: body({ SQL: 'SELECT 1' }) }, /no text/],
    ['inherited', { ...good, body: body({ a: 1 }) }, /no text/],
    ['no text', { ...good, body: body({ sql: ['SELECT 1'] }) }, /no text/],
    ['twice', { ...good, body: body('{"sql":"SELECT 1","Sql":"DROP TABLE t"}') }, /twice/],
    ['NUL', { ...good, body: body({ sql: 'SELECT 1\0; DROP TABLE t' }) }, /NUL/],
    ['half a surrogate pair', { ...good, body: body('{"sql":"SELECT \'\\ud800\'"}') }, /Unicode/],
  ];
  for (const [name, request, reason] of rows) t.match(locate(ask(request), '$.sql'), { reason }, name);
  t.match(locate(ask({ ...good }), 'body'), { reason: /plain text/ }, 'JSON is not raw text');
  t.match(locate(ask({ ...good }), '$.__proto__.toString'), { reason: /no text/ });
  for (const path of ['', 'sql', '$', '$..sql', '$.a b', '$.sql[x]'])
    t.match(locate(ask({ ...good }), path), { reason: /countersign\.sql\.path/ }, path);
  const raw = { headers: { 'content-type': 'text/plain' }, body: Buffer.from([0xff]) };
  t.match(locate(ask(raw), 'body'), { reason: /UTF-8/ });
});
