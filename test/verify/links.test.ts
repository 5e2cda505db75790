import t from 'tap';
import { type Link, openLinks } from '../../plugin/verify/links.ts';

const link = (at: number): Link => ({
  seq: at * 3,
  by: at * 3 + 1,
  pair: at % 3,
  exchange: at % 5 === 0 ? undefined : `019f0000-0000-7000-8000-${String(at).padStart(12, '0')}`,
  planDigest: at % 7 === 0 ? undefined : at.toString(16).padStart(64, 'a'),
});

t.test('links come back as they went in, are found by their decision, and go when nobody wants them', async (t) => {
  const links = openLinks();
  t.equal(links.find(0), null);
  for (let at = 0; at < 10_000; at += 1) links.push(link(at));
  t.same(
    Array.from({ length: 10_000 }, (_, at) => links.at(at)),
    Array.from({ length: 10_000 }, (_, at) => link(at)),
  );
  t.same(links.find(3 * 7_777), link(7_777));
  for (const none of [-1, 1, 30_000]) t.equal(links.find(none), null);
  links.keep((seq) => seq % 2 === 1);
  t.equal(links.length, 5_000);
  t.same(links.find(3 * 7_777), link(7_777));
  t.equal(links.find(3 * 7_778), null);
  t.throws(() => links.at(5_000), RangeError);
  links.push(link(10_000));
  t.same(links.find(30_000), link(10_000));
});
