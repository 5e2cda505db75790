import t from 'tap';
import { metaOf } from '../../plugin/record/content.ts';
import { summarize } from '../../plugin/record/summary.ts';
import { principalOf, requestOf } from '../identity/request.ts';

const meta = (exchange: string, session: string, second: number) =>
  metaOf(exchange, 'full', requestOf(), { session, principal: principalOf(), rule: null }, new Date(second * 1_000));

t.test('sessions are counted, the latest first', async (t) => {
  const time = (second: number) => new Date(second * 1_000).toISOString();
  t.match(summarize([meta('1', 'a', 1), meta('2', 'b', 2), meta('3', 'a', 9)]), [
    { session: 'a', exchanges: 2, first: time(1), last: time(9) },
    { session: 'b', exchanges: 1, first: time(2), last: time(2), principal: { id: 'alice' } },
  ]);
  t.strictSame(summarize([]), []);
});
