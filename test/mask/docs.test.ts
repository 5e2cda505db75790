import { readFileSync } from 'node:fs';
import t from 'tap';
import { type DetectorName, detectorNames, detectors } from '../../plugin/mask/detect/table.ts';
import { decoders } from '../../plugin/mask/encoding.ts';
import { operatorNames } from '../../plugin/mask/plan.ts';
import { through } from './through.ts';

const page = readFileSync(new URL('../../docs/masking.md', import.meta.url), 'utf8');

t.test('the samples of docs/masking.md are what masking makes', async (t) => {
  const samples = [
    ...page.matchAll(/```json mask\n(.*?)```\n\n```text before (\S+)\n(.*?)```\n\n```text after\n(.*?)```/gs),
  ];
  t.equal(samples.length, 4);
  for (const [, plan = '', type = '', before = '', after = ''] of samples)
    t.equal(through(JSON.parse(plan), type, before), after);
});

t.test('each detector has a row, with a sample that it finds', async (t) => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| `([^`]+)`.* \| ([01]\.\d{3}) \| ([01]\.\d{3}) \|$/gm)];
  t.same(
    rows.map(([, name]) => name),
    detectorNames,
  );
  for (const [, name = '', sample = ''] of rows) {
    const found: [number, number][] = [];
    detectors[name as DetectorName].find(Buffer.from(sample), (start, end) => found.push([start, end]));
    t.same(found, [[0, sample.length]], sample);
  }
});

t.test('each operator and encoding has a row', async (t) => {
  for (const name of [...operatorNames, ...decoders.keys()])
    t.match(page, new RegExp(`^\\| .*\`${name}\`.* \\|$`, 'm'), name);
});
