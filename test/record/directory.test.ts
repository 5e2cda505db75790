import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openRecordingDirectory } from '../../plugin/record/directory.ts';
import { recordingStoreContract } from '../contract/recording-store.ts';

let count = 0;
const root = t.testdir();

recordingStoreContract(t, () => {
  count += 1;
  const folder = join(root, `s${count}`);
  return { store: openRecordingDirectory(folder), again: () => openRecordingDirectory(folder) };
});

t.test('folders and files are for their owner alone', async (t) => {
  const folder = t.testdir({ recordings: {} });
  const store = openRecordingDirectory(join(folder, 'recordings'));
  await (await store.create('e-1', 'head'))?.close();
  t.equal(statSync(join(folder, 'recordings', 'e-1')).mode & 0o777, 0o700);
  t.equal(statSync(join(folder, 'recordings', 'e-1', 'head.seg')).mode & 0o777, 0o600);
});

t.test('a folder that can not be used fails, and what is not a recording is not listed', async (t) => {
  const folder = t.testdir({ file: 'x', recordings: { '.tmp': {}, 'e-1': {} } });
  await t.rejects(openRecordingDirectory(join(folder, 'file')).create('e-1', 'head'), { code: 'record_failed' });
  t.strictSame(await openRecordingDirectory(join(folder, 'recordings')).list(), ['e-1']);
  writeFileSync(join(folder, 'recordings', 'e-1', 'head.seg'), 'x');
  chmodSync(join(folder, 'recordings'), 0o700);
  t.equal(String(await openRecordingDirectory(join(folder, 'recordings')).read('e-1', 'head')), 'x');
});
