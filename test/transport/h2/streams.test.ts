import t from 'tap';
import type { Stream } from '../../../plugin/transport/h2/stream.ts';
import { openStreams } from '../../../plugin/transport/h2/streams.ts';

/** As much of a stream as its registry touches. */
function stream(id: number, closed: number[]): Stream {
  return { id, close: () => closed.push(id) } as unknown as Stream;
}

t.test('a stream is idle, open, and ended in one of two ways', (t) => {
  const closed: number[] = [];
  let ends = 0;
  const streams = openStreams(() => (ends += 1));
  t.ok(streams.isIdle(1));
  streams.reach(5);
  streams.add(stream(5, closed));
  t.notOk(streams.isIdle(5));
  t.notOk(streams.isIdle(3), 'those below are closed');
  t.ok(streams.isIdle(4), 'a server opens none');
  t.ok(streams.isIdle(7));
  t.equal(streams.size, 1);
  t.equal(streams.ended(5), undefined);
  streams.end(5, 'stopped');
  t.equal(streams.ended(5), 'stopped');
  t.equal(streams.get(5), undefined);
  t.same([closed, ends, streams.size, streams.last], [[5], 1, 0, 5]);
  t.end();
});

t.test('what has ended long ago is forgotten', (t) => {
  const streams = openStreams(() => undefined);
  for (let id = 1; id < 30_000; id += 2) streams.end(id, 'complete');
  t.equal(streams.ended(1), undefined);
  t.equal(streams.ended(29_999), 'complete');
  t.end();
});
