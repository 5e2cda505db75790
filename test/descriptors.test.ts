import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadDescriptors, readDescriptors } from '../plugin/descriptors.ts';
import { shopDescriptors, shopMessage } from './command/shop.ts';

const shop = readDescriptors(shopDescriptors());
const order = {
  customer_id: 'c1',
  items: [{ sku: 'a', price_cents: '9007199254740993', photo: Buffer.from('x'), parts: [{ sku: 'b' }] }],
  tier: 1,
  gifts: { __proto__x: { sku: 'g' } },
  coupons: [1, -2],
  discount: 0.5,
  card_number: '4111',
  express: false,
  nonce: '18446744073709551615',
};

t.test('a method is found by the path that calls it', async (t) => {
  const buy = shop.method('/example.shop.v1.Shop/Buy');
  t.match(buy, { service: 'example.shop.v1.Shop', method: 'Buy', clientStreaming: false, serverStreaming: false });
  t.equal(buy?.request.name, 'example.shop.v1.BuyRequest');
  t.equal(buy?.response.name, 'example.shop.v1.BuyResponse');
  t.match(shop.method('/example.shop.v1.Shop/Watch'), { clientStreaming: false, serverStreaming: true });
  t.match(shop.method('/example.shop.v1.Shop/Fill'), { clientStreaming: true, serverStreaming: false });
  for (const path of ['', '/', 'example.shop.v1.Shop/Buy', '/example.shop.v1.Shop/buy', '/Shop/Buy', '/__proto__/x'])
    t.equal(shop.method(path), null, path);
});

t.test('fields are known by their number, types that contain themselves included', async (t) => {
  const request = shop.message('example.shop.v1.BuyRequest');
  const rows = [...(request?.fields ?? [])].map(([number, { name, jsonName, kind, repeated, map, message }]) =>
    [number, name, jsonName, kind, repeated, map, message?.name ?? null].join(' '),
  );
  t.same(rows, [
    '1 customer_id customerId string false false ',
    '2 items items message true false example.shop.v1.Item',
    '3 tier tier enum false false ',
    '4 gifts gifts message true true example.shop.v1.BuyRequest.gifts.Entry',
    '5 coupons coupons int32 true false ',
    '6 discount discount double false false ',
    '7 card_number card string false false ',
    '8 iban iban string false false ',
    '9 express express bool false false ',
    '10 nonce nonce uint64 false false ',
  ]);
  const item = shop.message('example.shop.v1.Item');
  t.equal(item?.fields.get(4)?.message, item, 'the same object, however deep');
  const entry = request?.fields.get(4)?.message;
  t.match(
    [...(entry?.fields.values() ?? [])],
    [
      { number: 1, name: 'key', kind: 'string' },
      { number: 2, name: 'value', kind: 'message', message: { name: 'example.shop.v1.Item' } },
    ],
  );
});

t.test('a message reads as protojson', async (t) => {
  const type = shop.message('example.shop.v1.BuyRequest');
  t.same(type?.json(shopMessage('BuyRequest', order))?.value, {
    customerId: 'c1',
    items: [{ sku: 'a', priceCents: '9007199254740993', photo: 'eA==', parts: [{ sku: 'b' }] }],
    tier: 'TIER_GOLD',
    gifts: { __proto__x: { sku: 'g' } },
    coupons: [1, -2],
    discount: 0.5,
    card: '4111',
    express: false,
    nonce: '18446744073709551615',
  });
  t.same(type?.json(Buffer.alloc(0)), { value: {} });
});

t.test('what comes twice reads as every parser reads it: scalars replace, messages merge', async (t) => {
  const type = shop.message('example.shop.v1.BuyResponse');
  const twice = Buffer.concat([
    shopMessage('BuyResponse', { order_id: 'a', item: { sku: 's', price_cents: 1 } }),
    shopMessage('BuyResponse', { order_id: 'b', item: { price_cents: 2 } }),
  ]);
  t.same(type?.json(twice)?.value, { orderId: 'b', item: { sku: 's', priceCents: '2' } });
});

t.test('bytes that are no message of the type are none', async (t) => {
  const type = shop.message('example.shop.v1.BuyRequest');
  for (const bytes of [[0x0a], [0x0a, 5, 65], [0xff], [0x0a, 1, 0xff], [0x07], [0x00, 0x00]])
    t.equal(type?.json(Buffer.from(bytes)), null, bytes.join(' '));
  const item = shop.message('example.shop.v1.Item');
  let deep = Buffer.alloc(0);
  for (let level = 0; level < 200; level++) {
    const length = [];
    for (let rest = deep.length; ; rest >>>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    deep = Buffer.concat([Buffer.from([0x22, ...length]), deep]);
  }
  t.equal(item?.json(deep), null, 'nested 200 deep');
});

t.test('a file that is no descriptor set, or half of one, is refused with what to do', async (t) => {
  const invalid = { code: 'config_invalid' };
  t.throws(() => readDescriptors(Buffer.from('hello')), invalid);
  t.throws(() => readDescriptors(Buffer.alloc(0)), invalid);
  t.throws(() => loadDescriptors(join(t.testdir({}), 'none.pb')), { ...invalid, message: /can't be read/ });
  // A file that imports what is not in the set: message A { B b = 1; }.
  const field = [0x0a, 1, 98, 0x18, 1, 0x20, 1, 0x28, 11, 0x32, 2, 46, 66];
  const message = [0x0a, 1, 65, 0x12, field.length, ...field];
  const file = [0x22, message.length, ...message];
  t.throws(() => readDescriptors(Buffer.from([0x0a, file.length, ...file])), {
    ...invalid,
    message: /include_imports/,
  });
});

t.test('a file is read', async (t) => {
  const file = join(t.testdir({}), 'shop.pb');
  writeFileSync(file, shopDescriptors());
  t.equal(loadDescriptors(file).method('/example.shop.v1.Shop/Buy')?.method, 'Buy');
});
