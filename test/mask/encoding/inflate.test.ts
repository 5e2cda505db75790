import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { CountersignError } from '../../../plugin/errors.ts';
import { openInflate } from '../../../plugin/mask/encoding/inflate.ts';
import { everywhere } from '../through.ts';

/** What the bytes decode to, cut at these places, and what is left of them; null when they are damaged or cut. */
function inflated(bytes: Uint8Array, cuts: readonly number[] = []): { out: Buffer; rest: Buffer } | null {
  const out: Uint8Array[] = [];
  const inflate = openInflate((piece) => out.push(piece));
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  try {
    for (let i = 1; i < places.length; i++) {
      const chunk = Buffer.from(bytes.subarray(places[i - 1], places[i]));
      const rest = inflate.push(chunk);
      chunk.fill(0xff);
      if (rest !== null)
        return { out: Buffer.concat(out), rest: Buffer.from(bytes.subarray(Number(places[i]) - rest.length)) };
    }
    return null;
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'mask_impossible') return null;
    throw error;
  }
}

function byZlib(bytes: Uint8Array): Buffer | null {
  try {
    return inflateRawSync(bytes);
  } catch {
    return null;
  }
}

const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ maxLength: 400 }).map((text) => Buffer.from(text)),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 60_000 }))
    .map(([text, length]) => Buffer.alloc(length, text)),
  fc
    .array(fc.constantFrom('{"id":', '"name"', '12', 'Ada', '},', 'é'), { maxLength: 400 })
    .map((words) => Buffer.from(words.join(''))),
);
const compressed = fc
  .tuple(
    content,
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom(
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_FIXED,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_RLE,
      constants.Z_FILTERED,
    ),
    fc.integer({ min: 1, max: 9 }),
  )
  .map(([bytes, level, strategy, memLevel]) => ({
    bytes: Buffer.from(bytes),
    deflated: deflateRawSync(bytes, { level, strategy, memLevel }),
  }));

t.test("what zlib's encoder makes is decoded, however it is cut, and what follows is left", async () => {
  fc.assert(
    fc.property(
      compressed,
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.uint8Array({ maxLength: 9 }),
      ({ bytes, deflated }, cuts, more) => {
        const all = Buffer.concat([deflated, more]);
        for (const at of [[], cuts, deflated.length < 500 ? everywhere(all) : []]) {
          const got = inflated(all, at);
          // Byte by byte nothing of what follows has been looked at yet.
          if (!got?.out.equals(bytes)) return false;
          if (at.length === 0 && !got.rest.equals(more)) return false;
        }
        return true;
      },
    ),
    { numRuns: 600 },
  );
});

t.test('damaged bytes are damaged for zlib too, and give the same where they are not', async () => {
  fc.assert(
    fc.property(
      compressed.filter(({ deflated }) => deflated.length < 4_000),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 7 })), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      ({ deflated }, flips, cut) => {
        const bytes = Buffer.from(deflated);
        for (const [at, bit] of flips) {
          const place = at % Math.min(bytes.length, 80);
          bytes[place] = (bytes[place] as number) ^ (1 << bit);
        }
        const input = cut ? bytes.subarray(0, -1) : bytes;
        const ours = inflated(input)?.out ?? null;
        const theirs = byZlib(input);
        return ours === null ? theirs === null : theirs?.equals(ours) === true;
      },
    ),
    { numRuns: 3_000 },
  );
});

t.test('random bytes too', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const ours = inflated(bytes)?.out ?? null;
      const theirs = byZlib(bytes);
      return ours === null ? theirs === null : theirs?.equals(ours) === true;
    }),
    { numRuns: 5_000 },
  );
});

t.test('copies that reach all of the history, over many windows', async (t) => {
  const unit = Buffer.from(Array.from({ length: 32_768 }, (_, i) => (i * 2_654_435_761) >>> 24));
  const bytes = Buffer.concat(Array.from({ length: 9 }, () => unit));
  const got = inflated(deflateRawSync(bytes), [1, 5_000, 40_000]);
  t.ok(got?.out.equals(bytes));
});
