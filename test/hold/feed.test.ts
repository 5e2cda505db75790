import t from 'tap';
import { openFeed } from '../../plugin/hold/feed.ts';
import { pendingHold } from './opening.ts';

t.test('each listener hears of each step until it ends, and one that throws stops no other', async (t) => {
  const feed = openFeed();
  const heard: string[] = [];
  feed.subscribe(() => {
    throw new Error('gone');
  });
  const end = feed.subscribe(({ transition }) => heard.push(transition));
  feed.publish({ transition: 'opened', hold: pendingHold() });
  feed.publish({ transition: 'approved', hold: pendingHold() });
  end();
  feed.publish({ transition: 'consumed', hold: pendingHold() });
  t.same(heard, ['opened', 'approved']);
});
