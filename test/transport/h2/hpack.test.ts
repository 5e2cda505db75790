import { once } from 'node:events';
import { connect } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import * as fc from 'fast-check';
import t from 'tap';
import { frameType, openFrameReader, preface, settingsFrame } from '../../../plugin/transport/h2/frames.ts';
import { type Decoded, openHpack } from '../../../plugin/transport/h2/hpack.ts';
import type { Field } from '../../../plugin/transport/h2/static-table.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const lines = (decoded: Decoded) =>
  typeof decoded === 'string' ? decoded : decoded.map(([name, value]) => `${name}: ${value}`);

t.test('the requests of RFC 7541 appendix C decode, on one connection, with and without Huffman', (t) => {
  const decode = openHpack(65_536);
  const plain = [
    '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
    '8286 84be 5808 6e6f 2d63 6163 6865',
    '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
  ];
  const huffman = [
    '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
    '8286 84be 5886 a8eb 1064 9cbf',
    '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
  ];
  const wanted = [
    [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
    [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
    [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value'],
  ];
  for (const series of [plain, huffman]) {
    const own = openHpack(65_536);
    for (const [index, block] of series.entries()) t.same(lines(own(hex(block))), wanted[index]);
  }
  t.same(lines(decode(hex(plain[0] ?? ''))), wanted[0]);
  t.same(lines(decode(hex(plain[1] ?? ''))), wanted[1]);
  t.end();
});

t.test('a block that comes again is what it was, until the table has changed', (t) => {
  const decode = openHpack(65_536);
  const add = (name: string, value: string) =>
    Buffer.concat([
      Buffer.from([0x40, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]);
  decode(add('a', '1'));
  t.same(lines(decode(hex('be'))), ['a: 1']);
  t.same(lines(decode(hex('be'))), ['a: 1']);
  decode(add('a', '2'));
  t.same(lines(decode(hex('be'))), ['a: 2'], 'index 62 is another field now');
  t.equal(decode(hex('be')), decode(hex('be')), 'and is decoded once');
  t.end();
});

t.test('eviction follows the bytes of entries', (t) => {
  const decode = openHpack(65_536);
  const value = 'v'.repeat(100);
  const entry = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('n'), Buffer.from([100]), Buffer.from(value)]);
  // 133 bytes each: 30 of them fit into 4096.
  for (let count = 0; count < 300; count++) decode(entry);
  t.same(lines(decode(Buffer.from([0x80 | 91]))), [`n: ${value}`], 'the thirtieth');
  t.equal(decode(Buffer.from([0x80 | 92])), 'compression', 'the thirty-first is gone');
  decode(hex('20'));
  t.equal(decode(hex('be')), 'compression', 'a table of no bytes has nothing');
  t.end();
});

t.test('what is no HPACK is an error of the connection', (t) => {
  for (const [bytes, why] of [
    ['80', 'index 0'],
    ['be', 'an index beyond the table'],
    ['ff', 'an integer without an end'],
    ['ffffffffffffffff7f', 'an integer that is too large'],
    ['40', 'a name that is not there'],
    ['4003 61', 'a name that is cut'],
    ['4001 61 05 61', 'a value that is cut'],
    ['4081 18 00', 'Huffman padding that is wrong'],
    ['82 20', 'a new table size after a field'],
    ['3fe2 1f', 'a table size of 4097'],
    ['0f', 'a literal of an index without an end'],
  ] as const)
    t.equal(openHpack(65_536)(hex(bytes)), 'compression', why);
  t.end();
});

t.test('a list that is too large is told from one that is wrong, and the table follows', (t) => {
  const decode = openHpack(1_000);
  const value = 'v'.repeat(126);
  const entry = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('n'), Buffer.from([126]), Buffer.from(value)]);
  t.equal(decode(Buffer.concat([entry, Buffer.alloc(10_000, 0xbe)])), 'too_large', 'a bomb of one entry');
  t.same(lines(decode(hex('be'))), [`n: ${value}`], 'the entry is there');
  t.end();
});

/** The header blocks that `node:http2` makes of requests on one connection: our oracle. */
async function blocksOf(requests: readonly (readonly Field[])[]): Promise<Buffer[]> {
  const blocks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let skip = preface.length;
    const read = openFrameReader(
      (type, _flags, _stream, payload) => {
        if (type === frameType.headers) blocks.push(Buffer.from(payload));
        if (blocks.length === requests.length) resolve();
        return true;
      },
      () => undefined,
    );
    socket.write(settingsFrame([]));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const rest = chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
      read(rest);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const session = connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  session.on('error', () => undefined);
  for (const fields of requests) {
    const stream = session.request({ ':method': 'POST', ':path': '/', ...Object.fromEntries(fields) });
    stream.on('error', () => undefined);
  }
  await promise;
  session.destroy();
  for (const socket of sockets) socket.destroy();
  server.close();
  return blocks;
}

t.test('what node:http2 encodes is decoded, over many requests of one connection', async () => {
  const name = fc.stringMatching(/^x-[a-z0-9-]{1,20}$/);
  const value = fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 200,
  });
  const request = fc.uniqueArray(fc.tuple(name, value), { maxLength: 8, selector: ([key]) => key });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 30 }), async (requests) => {
      const decode = openHpack(1_000_000);
      for (const [index, block] of (await blocksOf(requests)).entries()) {
        const fields = decode(block);
        const own = typeof fields === 'string' ? fields : fields.filter(([key]) => key.startsWith('x-'));
        if (JSON.stringify(own) !== JSON.stringify(requests[index])) return false;
      }
      return true;
    }),
    { numRuns: 25 },
  );
});

t.test('random bytes are never more than an error', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (blocks) => {
      const decode = openHpack(4_096);
      for (const block of blocks) {
        const decoded = decode(Buffer.from(block));
        if (typeof decoded !== 'string' && !Array.isArray(decoded)) return false;
      }
      return true;
    }),
    { numRuns: 500 },
  );
  t.end();
});
