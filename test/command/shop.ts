import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';

/** A service of each kind of method, with each kind of field. */
const shop = `
syntax = "proto3";
package example.shop.v1;

enum Tier { TIER_UNSPECIFIED = 0; TIER_GOLD = 1; }
message Item { string sku = 1; int64 price_cents = 2; bytes photo = 3; repeated Item parts = 4; }
message BuyRequest {
  string customer_id = 1;
  repeated Item items = 2;
  Tier tier = 3;
  map<string, Item> gifts = 4;
  repeated int32 coupons = 5;
  double discount = 6;
  oneof payment { string card_number = 7 [json_name = "card"]; string iban = 8; }
  optional bool express = 9;
  uint64 nonce = 10;
}
message BuyResponse { string order_id = 1; string ssn = 2; Item item = 3; }
service Shop {
  rpc Buy (BuyRequest) returns (BuyResponse);
  rpc Watch (BuyRequest) returns (stream BuyResponse);
  rpc Fill (stream Item) returns (BuyResponse);
}
`;

const root = protobuf.parse(shop, { keepCase: true }).root;
root.resolveAll();

/** The FileDescriptorSet of the shop. */
export function shopDescriptors(): Buffer {
  return Buffer.from(descriptor.FileDescriptorSet.encode(root.toDescriptor('proto3')).finish());
}

/** A message of the shop on the wire, by the names of the .proto file. */
export function shopMessage(type: string, value: object): Buffer {
  const found = root.lookupType(`example.shop.v1.${type}`);
  return Buffer.from(found.encode(found.fromObject(value)).finish());
}

/** A gRPC frame around it. */
export function framed(message: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
