import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { metaOf } from '../../plugin/record/content.ts';
import { openRecordingDirectory } from '../../plugin/record/directory.ts';
import { isJournal, openJournal, readJournal } from '../../plugin/record/journal.ts';
import { asked, bytesBelow, context, recorderIn } from './recordings.ts';

const about = (exchange: string) => metaOf(exchange, 'metadata', asked, context, new Date());

t.test('lines come back in their order, encrypted meanwhile', async (t) => {
  const folder = t.testdir();
  const store = openRecordingDirectory(folder);
  const kek = randomBytes(32);
  const journal = openJournal(store, kek);
  for (const exchange of ['e-1', 'e-2', 'e-3']) journal.add(about(exchange));
  await journal.close();
  const [id = ''] = await store.list();
  t.ok(isJournal(id));
  t.same(
    (await readJournal(store, kek, id)).map(({ exchange }) => exchange),
    ['e-1', 'e-2', 'e-3'],
  );
  t.notMatch(bytesBelow(folder).toString('latin1'), /e-1|canary|customers/);
});

t.test('what a crash cut off is missing, what was changed is found', async (t) => {
  const folder = t.testdir();
  const store = openRecordingDirectory(folder);
  const kek = randomBytes(32);
  const journal = openJournal(store, kek);
  for (const exchange of ['e-1', 'e-2']) journal.add(about(exchange));
  await journal.close();
  const [id = ''] = await store.list();
  const file = join(folder, id, 'head.seg');
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, whole.length - 200));
  t.equal((await readJournal(store, kek, id)).length, 1);
  const flipped = Buffer.from(whole);
  flipped[200] = (flipped[200] ?? 0) ^ 1;
  writeFileSync(file, flipped);
  await t.rejects(readJournal(store, kek, id), { code: 'audit_damaged' });
  await t.rejects(readJournal(store, randomBytes(32), id), { code: 'audit_damaged' });
});

t.test('sessions list exchanges of a journal beside those with a recording of their own', async (t) => {
  const { recorder } = recorderIn(t.testdir());
  await recorder.request('e-1', 'metadata', asked, context);
  await recorder.request('e-2', 'request', asked, context);
  await recorder.request('e-3', 'metadata', asked, context);
  await recorder.close();
  t.match(await recorder.sessions(), [{ exchanges: 3 }]);
  t.match(await recorder.exchanges(context.session), [{ exchange: 'e-1' }, { exchange: 'e-2' }, { exchange: 'e-3' }]);
  t.match(await recorder.read('e-1'), { meta: { exchange: 'e-1' }, request: null, response: null });
  await t.rejects(recorder.read('e-9'), { code: 'record_unknown' });
});
