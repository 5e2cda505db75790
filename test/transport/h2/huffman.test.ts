import t from 'tap';
import { decodeHuffman } from '../../../plugin/transport/h2/huffman.ts';

const decode = (hex: string) => decodeHuffman(Buffer.from(hex, 'hex'), 0, hex.length / 2);

t.test('the examples of RFC 7541 appendix C decode', (t) => {
  for (const [hex, text] of [
    ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
    ['a8eb10649cbf', 'no-cache'],
    ['25a849e95ba97d7f', 'custom-key'],
    ['25a849e95bb8e8b4bf', 'custom-value'],
    ['6402', '302'],
    ['aec3771a4b', 'private'],
    ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['9d29ad171863c78f0b97c8e9ae82ae43d3', 'https://www.example.com'],
    ['', ''],
  ] as const)
    t.equal(decode(hex), text);
  t.end();
});

t.test('padding is less than a byte of ones, and EOS is nobody to send', (t) => {
  t.equal(decode('1f'), 'a', 'three bits of padding');
  for (const [hex, why] of [
    ['1fff', 'a byte of padding'],
    ['18', 'padding that is not ones'],
    ['ffffffff', 'EOS'],
    ['1fffffffff', 'EOS after a letter'],
  ] as const)
    t.equal(decode(hex), null, why);
  t.end();
});
