import t from 'tap';
import { sessionOf } from '../../plugin/record/session.ts';
import { principalOf, requestOf } from '../identity/request.ts';

const headers = ['Mcp-Session-Id', 'x-session-id'];
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const of = (lines: Record<string, string>, principal = principalOf(), source = '192.0.2.1:1') =>
  sessionOf(requestOf({ headers: lines, source }), principal, headers);

t.test('what names a session', async (t) => {
  const rows: [Record<string, string>, string][] = [
    [{ 'mcp-session-id': 'a', 'x-session-id': 'b' }, 'mcp-session-id'],
    [{ 'x-session-id': 'b', traceparent: `00-${trace}-00f067aa0ba902b7-01` }, 'x-session-id'],
    [{ 'mcp-session-id': ' ', traceparent: `00-${trace}-00f067aa0ba902b7-01` }, 'traceparent'],
    [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, 'connection'],
    [{ traceparent: 'nonsense' }, 'connection'],
    [{}, 'connection'],
  ];
  for (const [lines, source] of rows) t.match(of(lines), { source, key: /^[0-9a-f]{32}$/ }, JSON.stringify(lines));
});

t.test('the same name by the same principal is the same session', async (t) => {
  const one = of({ 'x-session-id': 's' }).key;
  t.equal(of({ 'x-session-id': 's' }, principalOf(), '192.0.2.9:9').key, one, 'from another connection too');
  const span = (id: string) => ({ traceparent: `00-${trace}-${id}-01` });
  t.equal(of(span('00f067aa0ba902b7')).key, of(span('00f067aa0ba902b8')).key, 'one trace, two spans');
  t.not(of({}).key, of({}, principalOf(), '192.0.2.9:9').key, 'another connection');
  t.not(of({ 'x-session-id': 'other' }).key, one, 'another name');
  t.not(of({ 'mcp-session-id': 's' }).key, one, 'another header');
});

t.test("another principal's session id starts another session (policy.md)", async (t) => {
  const one = of({ 'x-session-id': 's' }).key;
  for (const members of [
    { id: 'eve' },
    { issuer: 'https://other.example' },
    { actors: [{ id: 'bot', issuer: 'https://idp.example' }] },
  ])
    t.not(of({ 'x-session-id': 's' }, principalOf(members)).key, one, JSON.stringify(members));
  const glued = (issuer: string, id: string) => of({ 'x-session-id': 's' }, principalOf({ issuer, id })).key;
  t.not(glued('ab', 'c'), glued('a', 'bc'), 'parts can not be moved into each other');
  t.notMatch(of({ 'x-session-id': 'secret-session' }).key, /secret/);
});
