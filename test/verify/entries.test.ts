import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openEntries } from '../../plugin/verify/entries.ts';
import { writeReal } from './real.ts';

const { folder } = await writeReal(t.testdir());
const [name = ''] = readdirSync(join(folder, 'segments'));
const whole = readFileSync(join(folder, 'segments', name));

t.test('entries come in order, or those that mention something', async (t) => {
  const entries = openEntries(folder);
  t.same(
    [...entries.read()].map(({ seq }) => seq),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  t.same([...entries.read()], [], 'what was read is not read again');
  t.same(
    [...openEntries(folder).read(['"kind":"boot"', '"kind":"close"'])].map(({ seq }) => seq),
    [0, 10],
  );
  t.throws(() => openEntries('/nonexistent'), { code: 'usage', message: /folder of an audit log/ });
});

t.test('a log that grows is read on from where it ended, wherever a write was cut', async (t) => {
  const copy = t.testdir({ segments: {} });
  const file = join(copy, 'segments', name);
  for (const step of [1, 97, 1_000]) {
    writeFileSync(file, '');
    const entries = openEntries(copy);
    const seqs: number[] = [];
    for (let at = 0; at < whole.length; at += step) {
      appendFileSync(file, whole.subarray(at, at + step));
      // A reading each few bytes only: each opens the file.
      if (step > 1 || at % 61 === 0) seqs.push(...[...entries.read()].map(({ seq }) => seq));
    }
    seqs.push(...[...entries.read()].map(({ seq }) => seq));
    t.same(seqs, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], `${step} bytes at a time`);
  }
});

t.test('the next segment is read when it comes, and what is none is passed over', async (t) => {
  const copy = join(t.testdir(), 'log');
  mkdirSync(join(copy, 'segments'), { recursive: true });
  writeFileSync(join(copy, 'segments', '0.seg'), 'not a segment at all');
  writeFileSync(join(copy, 'segments', 'notes.txt'), 'x');
  const entries = openEntries(copy);
  t.same([...entries.read()], []);
  copyFileSync(join(folder, 'segments', name), join(copy, 'segments', name));
  t.equal([...entries.read()].length, 11);
});
