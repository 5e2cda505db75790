import t from 'tap';
import { type DetectorName, detectorNames, detectors } from '../../../plugin/mask/detect/table.ts';
import { casesOf } from './cases.ts';

function found(name: DetectorName, text: string): string[] {
  const bytes = Buffer.from(text);
  const out: string[] = [];
  detectors[name].find(bytes, (start, end) => out.push(bytes.toString('utf8', start, end)));
  return out;
}

const count = 2_000;

for (const name of detectorNames)
  t.test(`${name}: precision and recall, positives to look-alikes one to one`, async (t) => {
    const { positives, negatives } = casesOf(name, count);
    const missed = positives.filter(({ value, text }) => !found(name, text).includes(value));
    const wrong = negatives.filter((text) => found(name, text).length > 0);
    const hits = count - missed.length;
    const recall = hits / count;
    const precision = hits / (hits + wrong.length);
    t.comment(`${name}: precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}`);
    t.ok(
      recall >= 0.99,
      missed
        .slice(0, 5)
        .map(({ text }) => text)
        .join(' | '),
    );
    t.ok(precision >= 0.98, wrong.slice(0, 5).join(' | '));
  });

t.test('a gate lets by what its detector finds', async (t) => {
  for (const name of detectorNames) {
    const { length, digits, has } = detectors[name].gate;
    for (const { value } of casesOf(name, 300).positives) {
      if (value.length < length || value.replace(/\D/g, '').length < digits || (has !== null && !value.includes(has)))
        t.fail(`${name}: ${value}`);
    }
  }
});
