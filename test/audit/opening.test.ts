import fc from 'fast-check';
import t from 'tap';
import { packOpenings, readFields, unpackOpenings } from '../../plugin/audit/opening.ts';

t.test('what was packed comes out again, row by row and field by field', async (t) => {
  const bytes = (length: object) => fc.uint8Array(length).map((it) => Buffer.from(it));
  const values = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 8 }), bytes({ maxLength: 40 }), {
    maxKeys: 4,
    noNullPrototype: true,
  });
  const secret = bytes({ minLength: 32, maxLength: 32 });
  const opening = fc.record({ seq: fc.maxSafeNat(), secret, values }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(opening, { maxLength: 5 }), (openings) => {
      const read = [...unpackOpenings(packOpenings(openings))].map(({ seq, secret, fields }) => ({
        seq,
        secret: Buffer.from(secret),
        values: readFields(fields),
      }));
      t.strictSame(read, openings);
    }),
    { numRuns: 50 },
  );
});

t.test('a row has the documented bytes, in memory of its own', async (t) => {
  const packed = packOpenings([{ seq: 7, secret: Buffer.alloc(32, 1), values: { body: Buffer.from('x=1') } }]);
  const expected = Buffer.concat([
    Buffer.from('401c000000000000', 'hex'),
    Buffer.alloc(32, 1),
    Buffer.from([0, 0, 0, 13]),
    Buffer.from([0, 4]),
    Buffer.from('body'),
    Buffer.from([0, 0, 0, 3]),
    Buffer.from('x=1'),
  ]);
  t.equal(Buffer.from(packed).toString('hex'), expected.toString('hex'));
  t.equal(packed.buffer.byteLength, packed.length, 'nothing else is handed over with it');
});

t.test('a secret of another length is refused', async (t) => {
  t.throws(() => packOpenings([{ seq: 1, secret: Buffer.alloc(31), values: {} }]), RangeError);
});
