import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readCheckpoint } from '../../plugin/audit/checkpoint.ts';
import { openLog } from '../../plugin/audit/log.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { event, faulty, parts } from './parts.ts';

const sizeOf = (state: string) =>
  readCheckpoint(readFileSync(join(state, 'audit', 'checkpoint'), 'utf8'))?.size ?? Number.NaN;

/** Opens, appends `count` batches, and closes: `count` + 2 batches. */
async function run(state: string, count: number): Promise<void> {
  const log = await openLog(parts(state));
  for (let at = 0; at < count; at += 1) await log.append(event(at));
  await log.close();
}

t.test('over restarts and full tiles, what is published is what our verifier finds in the segments', async (t) => {
  const state = t.testdir();
  let size = 0;
  for (const count of [0, 3, 248, 0, 1, 260]) {
    await run(state, count);
    size += count + 2;
    t.equal(sizeOf(state), size);
    t.match(await verifyLog(join(state, 'audit')), { findings: [], batches: size, tail: 0 }, `${size} batches`);
  }
});

t.test('tiles come before the checkpoint that speaks of them', async (t) => {
  const state = t.testdir();
  const written: string[] = [];
  const store = faulty(state);
  const log = await openLog(
    parts(state, {
      store: {
        ...store,
        async replace(path, bytes) {
          await store.replace(path, bytes);
          written.push(path);
        },
      },
    }),
  );
  await log.append(event(1));
  await log.close();
  const of = (path: RegExp) => written.findLastIndex((it) => path.test(it));
  t.ok(of(/^tile\//) >= 0 && of(/^tile\//) < of(/^checkpoint$/), written.join(' '));
});

t.test('what was durable and not yet published is published at the next start', async (t) => {
  const state = t.testdir();
  const store = faulty(state);
  const log = await openLog(parts(state, { store }));
  const { seq } = await log.append(event(1));
  store.arm('replace', /^tile\/entries/, 'before');
  await log.close();
  t.equal(sizeOf(state), 1);
  const again = await openLog(parts(state));
  t.match(await again.entry(seq), { seq });
  await again.close();
  t.match(await verifyLog(join(state, 'audit')), { findings: [], tail: 0 });
});
