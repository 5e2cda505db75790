import t from 'tap';
import { readDescriptors } from '../../plugin/descriptors.ts';
import { parseBody } from '../../plugin/policy/body.ts';
import { parseGrpc } from '../../plugin/policy/grpc.ts';
import { framed, shopDescriptors, shopMessage } from '../command/shop.ts';
import { request } from './rego.ts';

const descriptors = readDescriptors(shopDescriptors());
const message = shopMessage('BuyRequest', { customer_id: 'c1', card_number: '4111', coupons: [7], nonce: 5 });
const path = '/example.shop.v1.Shop/Buy';
const parsed = { customerId: 'c1', card: '4111', coupons: [7], nonce: '5' };

t.test('the message of a unary call is the parsed body', async (t) => {
  t.strictSame(parseGrpc(framed(message), path, descriptors), { parsed, truncated: false });
  const asked = request({ path, body: framed(message), headers: { 'content-type': 'application/grpc' } });
  t.strictSame(parseBody(asked, descriptors), { parsed, truncated: false });
  t.strictSame(parseBody(asked), { parsed: null, truncated: false }, 'without descriptors nobody reads it');
});

t.test('what is not read is null, what is cut off says so', async (t) => {
  t.match(parseGrpc(framed(message, 1), path, descriptors), { parsed: null, truncated: false });
  t.match(parseGrpc(framed(message), '/example.shop.v1.Shop/None', descriptors), { parsed: null });
  t.match(parseGrpc(framed(message).subarray(0, 12), path, descriptors), { parsed: null, truncated: true });
});

t.test('what is no request of gRPC is refused', async (t) => {
  const rows: readonly (readonly [what: string, body: Buffer, path: string])[] = [
    ['half a prefix', Buffer.alloc(3), path],
    ['a path of one part', framed(message), '/Buy'],
    ['a path of three', framed(message), `${path}/x`],
    ['two messages', Buffer.concat([framed(message), framed(message)]), path],
    ['another message', framed(Buffer.from([0xff, 0xff, 0xff])), path],
  ];
  for (const [what, body, path] of rows)
    t.throws(() => parseGrpc(body, path, descriptors), { code: 'policy_error' }, what);
});
