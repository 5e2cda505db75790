import t from 'tap';
import { type Query, searchEntries } from '../../plugin/verify/search.ts';
import { writeReal } from './real.ts';

const { folder } = await writeReal(t.testdir());
const all = [...searchEntries(folder, {})];
const timeOf = (seq: number) => Number(all.find((one) => one.seq === seq)?.entry.time);

t.test('entries are found by who, where, why, what and when', async (t) => {
  t.equal(all.length, 11);
  const kinds = (kind: string) => all.filter(({ entry }) => entry.kind === kind).map(({ seq }) => seq);
  const rows: readonly [Query, readonly number[]][] = [
    [{ kind: 'decision' }, kinds('decision')],
    [{ kind: 'response' }, kinds('response')],
    [{ verdict: 'deny' }, [2]],
    [{ verdict: 'allow', path: '/customers' }, kinds('decision').filter((seq) => seq !== 2)],
    [{ path: '/cust*', verdict: 'deny' }, [2]],
    [{ path: '/cust' }, []],
    [{ path: '*', kind: 'boot' }, []],
    [{ rule: 'ssn' }, kinds('response')],
    [{ rule: 'reads', verdict: 'deny' }, [2]],
    [{ principal: 'agent', verdict: 'deny' }, [2]],
    [{ principal: 'https://idp.example.org' }, []],
    [{ principal: 'nobody' }, []],
    [{ kind: 'allow' }, []],
    [{ from: timeOf(10), kind: 'close' }, [10]],
    [{ to: timeOf(0) }, []],
    [{ from: timeOf(0), to: timeOf(10) + 1 }, all.map(({ seq }) => seq)],
  ];
  for (const [query, seqs] of rows)
    t.same(
      [...searchEntries(folder, query)].map(({ seq }) => seq),
      seqs,
      JSON.stringify(query),
    );
  const approver = all.find(({ entry }) => entry.approver !== undefined)?.entry.approver as { id: string };
  t.ok([...searchEntries(folder, { principal: approver.id })].length > 0, 'an approver is found');
  t.throws(() => [...searchEntries('/nonexistent', {})], { code: 'usage' });
});
