import t from 'tap';
import { compareHeads } from '../../plugin/verify/heads.ts';
import { openFindings } from '../../plugin/verify/report.ts';

const origin = 'e1.gateway.example.org';
const root = (size: number): Buffer => Buffer.alloc(32, size);
const head = (size: number, of: Buffer = root(size)) => ({ origin, size, root: of });

t.test('nothing that was published may be dropped or rewritten', async (t) => {
  for (const [published, kept, codes] of [
    [head(5), null, []],
    [head(4), head(3), []],
    [null, null, []],
    [head(6), null, ['checkpoint_ahead']],
    [head(5, root(9)), null, ['checkpoint_root']],
    [head(4), head(5), ['remembered_rollback']],
    [head(5), head(6), ['remembered_rollback']],
    [head(5), head(3, root(9)), ['remembered_fork']],
    [null, head(3), []],
  ] as const) {
    const findings = openFindings();
    const marks = new Map([3, 4, 5].map((size) => [size, { root: root(size), seq: 0, time: 0 }]));
    compareHeads(published, kept, 5, marks, findings);
    t.same(
      findings.list.map(({ code }) => code),
      codes,
    );
  }
});
