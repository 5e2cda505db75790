import type { IncomingMessage, ServerResponse } from 'node:http';
import t from 'tap';
import { answerWith, bearerOf } from '../../plugin/console/http.ts';
import { CountersignError } from '../../plugin/errors.ts';

const asked = (authorization?: string) => ({ headers: { authorization } }) as unknown as IncomingMessage;

t.test('a bearer token is one word behind its scheme', async (t) => {
  t.equal(bearerOf(asked('Bearer abc.def')), 'abc.def');
  for (const header of [undefined, '', 'abc', 'Basic abc', 'Bearer', 'Bearer a b'])
    t.throws(() => bearerOf(asked(header)), { code: 'token_invalid' }, String(header));
});

/** What a promise is answered with. */
function answered(value: Promise<unknown>) {
  const { promise, resolve } = Promise.withResolvers<{
    status: number;
    headers: Record<string, string>;
    body: string;
  }>();
  const response = {
    writeHead: (status: number, headers: Record<string, string>) => ({
      end: (body: string) => resolve({ status, headers, body }),
    }),
  };
  answerWith(response as unknown as ServerResponse, value);
  return promise;
}

t.test('what goes wrong is a problem document that does not show a fault of ours', async (t) => {
  t.match(await answered(Promise.resolve({ a: 1 })), { status: 200, body: '{"a":1}' });
  const refused = await answered(Promise.reject(new CountersignError('hold_state', 'used')));
  t.match(refused, { status: 409, headers: { 'content-type': 'application/problem+json', connection: 'close' } });
  t.match(JSON.parse(refused.body), { code: 'hold_state', detail: 'used' });
  t.match(await answered(Promise.reject(new CountersignError('token_invalid', 'no'))), {
    headers: { 'www-authenticate': 'Bearer' },
  });
  const fault = await answered(Promise.reject(new TypeError('secret')));
  t.equal(fault.status, 500);
  t.notMatch(fault.body, /secret/);
});
