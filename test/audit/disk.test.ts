import { statfsSync } from 'node:fs';
import t from 'tap';
import { watchDisk } from '../../plugin/audit/disk.ts';

t.test('a disk is scarce when less is free than is kept for allows', async (t) => {
  const folder = t.testdir();
  const { bavail, bsize } = statfsSync(folder);
  for (const [reserve, scarce] of [
    [0, false],
    [bavail * bsize * 2, true],
  ] as const) {
    const disk = watchDisk(folder, reserve);
    t.notOk(disk.scarce, 'not before the first look');
    await disk.look();
    t.equal(disk.scarce, scarce);
    t.ok(disk.free > 0 && Number.isFinite(disk.free));
    disk.close();
  }
});

t.test('where the system does not say, nothing is scarce', async (t) => {
  const disk = watchDisk('/nonexistent/folder', 1);
  t.teardown(() => disk.close());
  await disk.look();
  t.notOk(disk.scarce);
});
