import t from 'tap';
import { parseRecord } from '../../plugin/record/spec.ts';

t.test('a policy says how much is recorded', async (t) => {
  for (const spec of ['none', 'metadata', 'request', 'full'] as const) t.equal(parseRecord(spec), spec);
  t.equal(parseRecord(undefined, 'full'), 'full');
  t.equal(parseRecord(undefined), 'metadata');
});

t.test('anything else denies and names the path', async (t) => {
  for (const value of [null, '', 'FULL', 'all', true, 1, {}, ['full'], 'constructor'])
    t.throws(
      () => parseRecord(value),
      { code: 'policy_result', message: /^record: expected one of none/ },
      JSON.stringify(value),
    );
});
