import t from 'tap';
import { refusal } from '../../plugin/exchange/refusal.ts';
import { requestOf } from './parts.ts';

const problem = { status: 403, type: 'denied', title: 'No', detail: 'because', exchange: 'e' };
const mcp = (body: string) =>
  refusal(requestOf({ extensions: { 'countersign.command': 'mcp' }, body: Buffer.from(body) }), problem);

t.test('a route without a protocol gets a problem document', async (t) => {
  t.match(refusal(requestOf(), problem), { httpStatus: 403, body: /"title":"No"/ });
});

t.test('MCP: an error for each request, a problem for what has no answer', async (t) => {
  const answer = mcp('{"jsonrpc":"2.0","id":"a","method":"tools/call"}');
  t.equal(answer.httpStatus, 200);
  t.match(JSON.parse(answer.body), { id: 'a', error: { code: -32001, message: 'No: because', data: { status: 403 } } });
  t.match(JSON.parse(mcp('[{"id":1,"method":"x"},{"method":"y"},{"id":2,"method":"z"}]').body), [{ id: 1 }, { id: 2 }]);
  for (const body of ['', 'no JSON', '{"method":"x"}', '{"id":1}', 'null', '[]'])
    t.equal(mcp(body).httpStatus, 403, body);
});

t.test('gRPC: by the route or the content type; the message is the body, which Envoy turns', async (t) => {
  const headers = [{ name: 'content-type', value: Buffer.from('application/grpc+proto') }];
  for (const request of [requestOf({ headers }), requestOf({ extensions: { 'countersign.command': 'grpc' } })]) {
    const answer = refusal(request, problem);
    t.equal(answer.body, 'No: because');
    t.match(Object.fromEntries(answer.headers), { 'grpc-status': '7' });
    t.notOk(answer.headers.some(([name]) => name === 'content-type'));
  }
  const web = [{ name: 'content-type', value: Buffer.from('application/grpc-web') }];
  t.match(refusal(requestOf({ headers: web }), problem), { httpStatus: 403 }, 'gRPC-Web is HTTP to Envoy');
});
