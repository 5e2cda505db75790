import t from 'tap';
import { staticTable } from '../../../plugin/transport/h2/static-table.ts';

t.test('the table has the entries of RFC 7541 appendix A at their places', (t) => {
  t.equal(staticTable.length, 61);
  for (const [index, name, value] of [
    [1, ':authority', ''],
    [3, ':method', 'POST'],
    [8, ':status', '200'],
    [14, ':status', '500'],
    [16, 'accept-encoding', 'gzip, deflate'],
    [31, 'content-type', ''],
    [54, 'server', ''],
    [58, 'user-agent', ''],
    [61, 'www-authenticate', ''],
  ] as const)
    t.same(staticTable[index - 1], [name, value]);
  t.end();
});
