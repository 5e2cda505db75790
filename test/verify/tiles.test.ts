import t, { type Test } from 'tap';
import { openFolder } from '../../plugin/verify/folder.ts';
import { leftovers } from '../../plugin/verify/leftovers.ts';
import { openFindings } from '../../plugin/verify/report.ts';
import { compareBundle, compareTile, tilePath, widthAt } from '../../plugin/verify/tiles.ts';

t.test('paths are those of C2SP tlog-tiles', async (t) => {
  t.equal(tilePath(0, 0), 'tile/0/000');
  t.equal(tilePath(1, 999), 'tile/1/999');
  t.equal(tilePath('entries', 1234067), 'tile/entries/x001/x234/067');
});

t.test('how much of a tile a tree has', async (t) => {
  for (const [size, level, index, width] of [
    [0, 0, 0, 0],
    [1, 0, 0, 1],
    [256, 0, 0, 256],
    [256, 1, 0, 1],
    [300, 0, 1, 44],
    [300, 1, 0, 1],
    [300, 0, 2, 0],
    [65536, 1, 0, 256],
  ] as const)
    t.equal(widthAt(size, level, index), width, `${size} leaves, tile ${level}/${index}`);
});

const hashes = Buffer.alloc(96, 'tile');
const tile = { level: 0, index: 0, bytes: hashes };

async function found(t: Test, files: Record<string, Buffer>, published: number): Promise<string[]> {
  const folder = openFolder(t.testdir({ tile: { 0: { '000.p': files } } }));
  const findings = openFindings();
  compareTile(folder, findings, tile, published);
  leftovers(folder.left(), findings);
  return findings.list.map(({ code }) => code);
}

t.test('every file of a tile is compared, and the published one must be there', async (t) => {
  const [one, two, three] = [hashes.subarray(0, 32), hashes.subarray(0, 64), hashes];
  t.same(await found(t, { 1: one, 2: two, 3: three }, 2), []);
  t.same(await found(t, { 1: one, 3: three }, 2), ['tile_missing']);
  t.same(await found(t, { 2: two, 1: Buffer.alloc(32) }, 2), ['tile_differs']);
  t.same(await found(t, { 2: one }, 2), ['tile_differs']);
  t.same(await found(t, { 2: two, 4: Buffer.alloc(128) }, 2), ['tile_beyond']);
  t.same(await found(t, { 2: two, '02': two }, 2), ['tile_beyond']);
});

t.test('a bundle holds the leaf bodies with their lengths', async (t) => {
  const folder = openFolder(
    t.testdir({ tile: { entries: { '000.p': { 1: Buffer.from('\0\x01a'), 2: Buffer.from('\0\x01a\0\x03bbb') } } } }),
  );
  const findings = openFindings();
  compareBundle(folder, findings, 0, [Buffer.from('a'), Buffer.from('bbb')], 2);
  t.same(findings.list, []);
  compareBundle(folder, findings, 0, [Buffer.from('a'), Buffer.from('bbc')], 2);
  t.match(findings.list, [{ code: 'tile_differs', where: 'tile/entries/000.p/2' }]);
});
