import t from 'tap';
import { integerOf, jsonInteger, opaText, parseJson, parseJsonText } from '../../plugin/policy/json.ts';

for (const text of [
  '12345678901234567890',
  '1e400',
  '-0.12345678901234567',
  '1700000000000000001',
  '1',
  '"x"',
  '{"a":[1.5]}',
])
  t.test(`${text} keeps its spelling`, async (t) => t.equal(JSON.stringify(parseJson(text)), text));

t.test('an integer of 64 bits goes in and comes out', async (t) => {
  t.equal(integerOf(jsonInteger(1_700_000_000_000_000_001n)), 1_700_000_000_000_000_001n);
  t.equal(integerOf(5), 5n);
  for (const other of ['5', 1.5, null, undefined, {}, [5]]) t.equal(integerOf(other), undefined);
});

t.test('what is not one JSON value is refused without being quoted', async (t) => {
  for (const text of ['', 'secret', '{"a":1} trailing', '{"a":}', '\ufeff{}', 'NaN'])
    t.throws(() => parseJsonText(text), { code: 'policy_error', message: /^(?!.*(secret|trailing))/ });
});

t.test('depth is bounded, brackets in strings do not count', async (t) => {
  t.throws(() => parseJsonText('['.repeat(100_000)), { code: 'policy_error', message: /nests deeper than 500/ });
  t.throws(() => parseJsonText(`${'{"a":'.repeat(501)}1${'}'.repeat(501)}`), { message: /nests deeper than 500/ });
  t.ok(parseJsonText('['.repeat(500) + ']'.repeat(500)));
  t.equal(parseJsonText(JSON.stringify('"\\['.repeat(2_000))), '"\\['.repeat(2_000));
});

t.test('keys of one object are bounded, those of many are not', async (t) => {
  const members = (count: number) => Array.from({ length: count }, (_, i) => `"k${i}":{}`).join();
  t.throws(() => parseJsonText(`[{${members(10_001)}}]`), { code: 'policy_error', message: /more than 10000 keys/ });
  t.ok(parseJsonText(`[{${members(10_000)}},{${members(10_000)}}]`));
  t.ok(parseJsonText(`{"a":{${members(9_999)}},${members(9_999)}}`));
  t.equal(parseJsonText(JSON.stringify(':'.repeat(20_000))), ':'.repeat(20_000));
});

t.test('lone surrogates are replaced for OPA, their escaped look-alikes are not', async (t) => {
  t.equal(opaText('\ud800x'), '"\\ufffdx"');
  t.equal(opaText('\\ud800'), '"\\\\ud800"');
  t.equal(opaText('😀'), '"😀"');
});

t.test('a document of too many values is refused before it is parsed', async (t) => {
  t.throws(() => parseJsonText(`[${'{},'.repeat(60_000)}1]`), { code: 'policy_error', message: /50000 values/ });
  t.equal((parseJsonText(`[${'1,'.repeat(10_000)}",,,,"]`) as unknown[]).length, 10_001);
});
