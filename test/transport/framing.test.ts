import fc from 'fast-check';
import t from 'tap';
import { frame, openDeframer, prefixLength } from '../../plugin/transport/framing.ts';

const limit = 1000;

t.test('whatever the chunks, the messages that were framed come out, whole and in order', async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 });
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(messages, cuts, (messages, cuts) => {
      const bytes = Buffer.concat(messages.flatMap((message) => frame(message)));
      const deframer = openDeframer(limit);
      const got: Buffer[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const end = at + (cuts[turn % cuts.length] ?? 1);
        deframer.push(bytes.subarray(at, end));
        at = end;
        for (let next = deframer.next(); next !== null; next = deframer.next()) {
          if (typeof next === 'string') throw new Error(next);
          got.push(next);
        }
      }
      return (
        deframer.rest === 0 &&
        got.length === messages.length &&
        got.every((b, i) => b.equals(messages[i] ?? b.subarray(1)))
      );
    }),
    { numRuns: 200 },
  );
});

t.test('a large message is not copied next to its prefix, a small one is', async (t) => {
  t.equal(frame(Buffer.alloc(10)).length, 1);
  const large = Buffer.alloc(100_000, 'x');
  const pieces = frame(large);
  t.equal(pieces[1], large);
  const deframer = openDeframer(1_000_000);
  deframer.push(Buffer.concat(pieces));
  t.same(deframer.next(), large);
});

t.test('a small message does not keep alive the slab in which it was read', async (t) => {
  const slab = Buffer.alloc(65_536);
  slab.set(frame(Buffer.from('abc'))[0] ?? []);
  const deframer = openDeframer(limit);
  deframer.push(slab.subarray(0, 8));
  const got = deframer.next();
  t.ok(Buffer.isBuffer(got) && got.buffer !== slab.buffer);
});

t.test('what is no message is refused before its bytes are here', async (t) => {
  for (const [prefix, fault] of [
    [[1, 0, 0, 0, 1], 'compressed'],
    [[2, 0, 0, 0, 1], 'flags'],
    [[0, 0, 0, 3, 0xe9], 'too_large'],
    [[0, 0xff, 0xff, 0xff, 0xff], 'too_large'],
    [[0, 0, 0, 3, 0xe8], null],
    [[0, 0, 0, 0], null],
  ] as const) {
    const deframer = openDeframer(limit);
    deframer.push(Buffer.from(prefix));
    t.equal(deframer.next(), fault);
    t.equal(deframer.rest, prefix.length);
  }
  t.equal(prefixLength, 5);
});
