import t from 'tap';
import { readInputs } from '../../../plugin/cli/policy/inputs.ts';

t.test('inputs come from a file, from lines, from a folder', async (t) => {
  const dir = t.testdir({
    'a.json': '{"a":12345678901234567890}',
    b: { 'c.ndjson': '{"n":1}\n\n{"n":2}\n' },
    'x.txt': '',
  });
  t.match(readInputs(`${dir}/a.json`), [{ name: `${dir}/a.json` }]);
  t.equal(JSON.stringify(readInputs(`${dir}/a.json`)[0]?.input), '{"a":12345678901234567890}');
  t.same(
    readInputs(dir).map(({ name }) => name.slice(dir.length + 1)),
    ['a.json', 'b/c.ndjson:1', 'b/c.ndjson:3'],
  );
});

t.test('what is no input is named', async (t) => {
  const dir = t.testdir({ 'bad.jsonl': '{}\n{', empty: {} });
  t.throws(() => readInputs(`${dir}/bad.jsonl`), { code: 'usage', message: /bad\.jsonl:2: not JSON/ });
  t.throws(() => readInputs(`${dir}/empty`), { code: 'usage', message: /no input document/ });
  t.throws(() => readInputs(`${dir}/none`), { code: 'usage', message: /cannot be read/ });
});
