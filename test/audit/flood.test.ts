/** A slice of `npm run flood`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openLog } from '../../plugin/audit/log.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { fillUp, flood, smallDisk } from './flood.ts';
import { event, partsWithOpenings } from './parts.ts';

t.test('a flood of denials is counted, and allows go on', async (t) => {
  const state = t.testdir();
  const plain = await flood(join(state, 'plain'), 10_000, 0);
  t.match(plain, { allowed: 10, refused: 0, findings: [] });
  t.ok(plain.entered > 1_000, 'those below the rate have entries of their own');
  t.equal(plain.entered + plain.counted, 10_000);
  t.match(await flood(join(state, 'scarce'), 10_000, Number.MAX_SAFE_INTEGER), {
    ...{ entered: 0, counted: 10_000, allowed: 10, refused: 0, findings: [] },
  });
});

const disk = mkdtempSync(join(tmpdir(), 'disk-'));
const unmount = smallDisk(disk, 4);
t.teardown(() => {
  unmount?.();
  rmSync(disk, { recursive: true });
});
const skip = unmount === null && 'only root may mount a small disk (mount -t tmpfs)';

t.test('a full disk breaks the log; with room again it opens, and has what was acknowledged', { skip }, async (t) => {
  mkdirSync(join(disk, 'state'));
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  const { allowed, code } = await fillUp(join(disk, 'state'), 10_000);
  t.equal(code, 'audit_broken');
  t.ok(allowed > 0, 'some were acknowledged before');
  rmSync(ballast);
  const log = await openLog(await partsWithOpenings(join(disk, 'state')));
  t.ok(log.entries > allowed);
  t.match(await log.append(event(1)), { origin: log.origin });
  await log.close();
  t.same((await verifyLog(join(disk, 'state', 'audit'))).findings, []);
});
