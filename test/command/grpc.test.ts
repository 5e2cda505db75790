import t from 'tap';
import { grpc } from '../../plugin/command/grpc.ts';
import { seen } from '../../plugin/command/seen.ts';
import { readDescriptors } from '../../plugin/descriptors.ts';
import { requestOf } from '../identity/request.ts';
import { framed, shopDescriptors, shopMessage } from './shop.ts';

const descriptors = readDescriptors(shopDescriptors());
const message = shopMessage('BuyRequest', { customer_id: 'c1', card_number: '4111', coupons: [7], nonce: 5 });
const buy = {
  path: '/example.shop.v1.Shop/Buy',
  headers: { 'content-type': 'application/grpc' },
  body: framed(message),
};
const ask = (members: Parameters<typeof requestOf>[0]) => grpc(seen(requestOf({ ...buy, ...members })), descriptors);

t.test('service, method and message of a unary call', async (t) => {
  const command = {
    kind: 'grpc',
    service: 'example.shop.v1.Shop',
    method: 'Buy',
    client_streaming: false,
    server_streaming: false,
    message: { customerId: 'c1', card: '4111', coupons: [7], nonce: '5' },
  };
  t.strictSame(ask({}), [command]);
  for (const type of ['application/grpc+proto', 'application/grpc-web+proto'])
    t.strictSame(ask({ headers: { 'content-type': type } }), [command], type);
  t.match(ask({ path: '/example.shop.v1.Shop/Watch' }), [{ method: 'Watch', server_streaming: true }]);
  t.match(ask({ body: framed(Buffer.alloc(0)) }), [{ message: {} }], 'an empty message is one');
});

t.test('what is not one plain message of the method is unparsed', async (t) => {
  const type = (value: string) => ({ headers: { 'content-type': value } });
  const rows: [string, ReturnType<typeof ask>, RegExp][] = [
    ['compressed', ask({ body: framed(message, 1) }), /compressed/],
    ['unknown flags', ask({ body: framed(message, 0x80) }), /flags/],
    ['two frames', ask({ body: Buffer.concat([framed(message), framed(message)]) }), /one whole/],
    ['half a frame', ask({ body: framed(message).subarray(0, 12) }), /one whole/],
    ['no frame', ask({ body: Buffer.alloc(0) }), /no gRPC frame/],
    ['no message', ask({ body: framed(Buffer.from([0x0a, 0x7f])) }), /no example\.shop\.v1\.BuyRequest/],
    ['unseen', ask({ body: null }), /unseen/],
    ['a stream', ask({ path: '/example.shop.v1.Shop/Fill' }), /stream/],
    ['another method', ask({ path: '/example.shop.v1.Shop/Sell' }), /no such method/],
    ['a query', ask({ path: `${buy.path}?x=1` }), /no such method/],
    ['an escape', ask({ path: '/example.shop.v1.Shop/%42uy' }), /no such method/],
    ['JSON', ask(type('application/grpc+json')), /content type/],
    ['text', ask(type('application/grpc-web-text')), /content type/],
    ['a GET', ask({ method: 'GET' }), /POST/],
    [
      'encoded',
      ask({ headers: { 'content-type': 'application/grpc', 'content-encoding': 'gzip' } }),
      /content-encoding/,
    ],
    ['no descriptors', grpc(seen(requestOf(buy)), null), /commands\.descriptors/],
  ];
  for (const [name, commands, reason] of rows) t.match(commands, [{ kind: 'unparsed', reason }], name);
});
