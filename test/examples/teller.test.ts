import t from 'tap';
import { openTeller } from '../../examples/quickstart/teller.ts';

const listen = () => {
  const told: string[] = [];
  return { teller: openTeller((text) => told.push(text)), text: () => told.join('') };
};

t.test('a promise that does not hold is told, counted and shown in the table', async (t) => {
  const { teller, text } = listen();
  await teller.scenario('fine', async () => {
    teller.check('one', true);
    return 'as told';
  });
  await teller.scenario('broken', async () => {
    teller.check('two', false, 'what came instead');
    return 'as told';
  });
  await teller.scenario('thrown', () => Promise.reject(new Error('nobody came')));
  teller.table();
  t.equal(teller.failures, 2);
  t.match(text(), /FAIL two\n +what came instead/);
  t.match(text(), /FAIL the scenario runs to its end\n +nobody came/);
  t.match(text(), /1 {2}fine +as told/);
  t.match(text(), /2 {2}broken +FAILED/);
  t.match(text(), /3 {2}thrown +FAILED/);
});

t.test('a quote is cut at the edge of the screen and after its lines', async (t) => {
  const { teller, text } = listen();
  teller.quote(`${'x'.repeat(500)}\nsecond\nthird`, 2);
  t.equal(text().split('\n').length, 3);
  t.ok(
    text()
      .split('\n')
      .every((line) => line.length < 160),
  );
});
