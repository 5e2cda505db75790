import t from 'tap';
import { openApi, problemOf, Refused } from '../../../plugin/console/page/api.ts';
import { serverClock } from '../../../plugin/console/page/time.ts';

/** An API whose service answers as told, and what it was asked. */
function asked(status: number, body: unknown, text = JSON.stringify(body)) {
  const calls: { readonly path: string; readonly init: RequestInit }[] = [];
  const lost: unknown[] = [];
  const ask = async (path: unknown, init?: RequestInit) => {
    calls.push({ path: String(path), init: init ?? {} });
    if (status === 0) throw new TypeError('failed to fetch');
    return new Response(text, { status });
  };
  return { calls, lost, api: openApi(serverClock(), (_, value) => lost.push(value), ask as typeof fetch) };
}

/** Why it was refused; null where it was not. */
const refusal = (asked: Promise<unknown>) => asked.then(() => null, problemOf);

t.test('a verdict names what was shown, and carries the session’s token against forgery', async (t) => {
  const { api, calls } = asked(200, { csrf: 'c-1', results: [], holds: [], grants: [], deviations: [] });
  await api.session();
  await api.decide('approve', 'h_1', { digest: 'd', version: 3, reason: 'fine' });
  await api.batch('reject', [{ id: 'h_1', digest: 'd', version: 3 }], 'no');
  await api.batch('approve', []);
  await api.revoke('h_1');
  await api.signOff('e1.a/7', 'resolve', 'seen');
  await api.challenge('h_1', 'approve', { digest: 'd', version: 3 });
  await api.addPasskey('laptop', { id: 'k' });
  await Promise.all([api.holds(), api.grants(), api.earlier('h_1'), api.history(7), api.deviations(), api.hold('h_1')]);
  await Promise.all([api.logout(), api.passkeyOptions()]);
  t.same(
    calls.map(({ path, init: { method, body } }) => [method, path, body ?? null]),
    [
      ['GET', '/api/v1/session', null],
      ['POST', '/api/v1/holds/h_1/approve', '{"digest":"d","version":3,"reason":"fine"}'],
      ['POST', '/api/v1/holds/batch', '{"act":"reject","holds":[{"id":"h_1","digest":"d","version":3}],"reason":"no"}'],
      ['POST', '/api/v1/holds/batch', '{"act":"approve","holds":[]}'],
      ['POST', '/api/v1/holds/h_1/revoke', '{}'],
      ['POST', '/api/v1/deviations/e1.a/7/resolve', '{"reason":"seen"}'],
      ['POST', '/api/v1/holds/h_1/challenge', '{"verdict":"approve","digest":"d","version":3}'],
      ['POST', '/api/v1/passkeys', '{"name":"laptop","response":{"id":"k"}}'],
      ['GET', '/api/v1/holds?state=live', null],
      ['GET', '/api/v1/holds/grants', null],
      ['GET', '/api/v1/holds/h_1/earlier', null],
      ['GET', '/api/v1/holds/history?limit=50&before=7', null],
      ['GET', '/api/v1/deviations', null],
      ['GET', '/api/v1/holds/h_1', null],
      ['POST', '/api/v1/logout', '{}'],
      ['POST', '/api/v1/passkeys/options', '{}'],
    ],
  );
  for (const { init } of calls) {
    const headers = init.headers as Record<string, string>;
    t.equal(headers['x-csrf-token'], init.method === 'POST' ? 'c-1' : undefined);
    t.equal(init.credentials, 'same-origin');
  }
});

t.test('a refusal is told in the words of the service', async (t) => {
  for (const [status, body, problem] of [
    [
      409,
      { code: 'hold_state', detail: 'it has changed' },
      { status: 409, code: 'hold_state', detail: 'it has changed' },
    ],
    [403, { title: 'Not allowed' }, { status: 403, code: 'internal', detail: 'Not allowed' }],
    [502, null, { status: 502, code: 'internal', detail: 'the service answered with status 502' }],
    [0, null, { status: 0, code: 'offline', detail: 'the service does not answer' }],
  ] as const) {
    const { api, lost } = asked(status, body);
    t.same(await refusal(api.grants()), problem);
    t.same(lost, []);
  }
  const { api } = asked(500, null, '<html>');
  t.match(await refusal(api.grants()), { status: 500, code: 'internal' });
});

t.test('who is signed in no longer is told so, with the ways in', async (t) => {
  const { api, lost } = asked(401, { code: 'token_invalid', detail: 'x', login: [] });
  t.match(await refusal(api.hold('h_1')), { status: 401 });
  t.match(lost, [{ login: [] }]);
});

t.test('the problem of whatever was thrown', async (t) => {
  t.match(problemOf(new Refused({ status: 1, code: 'a', detail: 'b' })), { status: 1, code: 'a' });
  t.match(problemOf(new Error('cancelled')), { code: 'internal', detail: 'cancelled' });
  t.match(problemOf('x'), { code: 'internal' });
});
