import t from 'tap';
import { type FrameType, openSegment, type SegmentPlace, sealSegment } from '../../plugin/record/segment.ts';

const place: SegmentPlace = { key: Buffer.alloc(32, 7), recording: 'e-1', part: 'response' };
const contents: [FrameType, string][] = [
  ['head', '{}'],
  ['data', 'hello'],
  ['data', ''],
  ['data', 'world'],
  ['end', '{"ok":1}'],
];

function sealed(at: SegmentPlace = place) {
  const sealer = sealSegment(at);
  const frames = contents.map(([type, content], index) =>
    sealer.seal({ type, at: index * 10, content: Buffer.from(content) }, index === contents.length - 1),
  );
  return { header: sealer.header, frames, bytes: Buffer.concat([sealer.header, ...frames]) };
}

t.test('frames come back with their time', async (t) => {
  const { frames, complete } = openSegment(place, sealed().bytes);
  t.equal(complete, true);
  t.strictSame(
    frames.map(({ type, at, content }) => [type, at, String(content)]),
    contents.map(([type, content], index) => [type, index * 10, content]),
  );
});

t.test('a segment that is cut anywhere shows that its end is missing', async (t) => {
  const { bytes } = sealed();
  for (let end = 0; end < bytes.length; end++) {
    const { frames, complete } = openSegment(place, bytes.subarray(0, end));
    if (complete || frames.length >= contents.length) t.fail(`cut at ${end}`);
  }
  t.pass();
});

t.test('a bit that is flipped anywhere is found', async (t) => {
  const { bytes } = sealed();
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    try {
      // A changed length can look like a cut; then the end is missing, and that is seen.
      if (openSegment(place, changed).complete) t.fail(`byte ${at}`);
    } catch (error) {
      if ((error as { code?: string }).code !== 'audit_damaged') throw error;
    }
  }
  t.pass();
});

t.test('frames can not be moved, left out, doubled, added, or taken from elsewhere', async (t) => {
  const { header, frames, bytes } = sealed();
  const [a, b, c, d, e] = frames as [Buffer, Buffer, Buffer, Buffer, Buffer];
  const rows: [string, Buffer[]][] = [
    ['moved', [header, a, d, c, b, e]],
    ['left out', [header, a, b, d, e]],
    ['doubled', [header, a, b, b, c, d, e]],
    ['added behind the end', [bytes, b]],
    ['of another segment', [header, ...sealed().frames]],
    ['an early end', [header, a, e]],
  ];
  for (const [name, parts] of rows)
    t.throws(() => openSegment(place, Buffer.concat(parts)), { code: 'audit_damaged' }, name);
});

t.test('a segment opens in its own place only', async (t) => {
  const { bytes } = sealed();
  t.throws(() => openSegment({ ...place, recording: 'e-2' }, bytes), { code: 'audit_damaged' }, 'another recording');
  t.throws(() => openSegment({ ...place, part: 'request' }, bytes), { code: 'audit_damaged' }, 'another part');
  t.throws(() => openSegment({ ...place, key: Buffer.alloc(32) }, bytes), { code: 'audit_damaged' }, 'another key');
  t.throws(() => openSegment(place, Buffer.concat([Buffer.from('CSREC999'), bytes.subarray(8)])), {
    code: 'audit_damaged',
  });
});
