import t from 'tap';
import { exitFor, messageFor } from '../../plugin/cli/exit.ts';
import { CountersignError } from '../../plugin/errors.ts';

t.test('a code has its exit status', async (t) => {
  t.equal(exitFor(new CountersignError('usage', '')), 64);
  t.equal(exitFor(new CountersignError('audit_locked', '')), 75);
  t.equal(exitFor(new CountersignError('hold_self', '')), 1);
  t.equal(exitFor(new TypeError('bug')), 70);
});

t.test('our own message stands alone, a fault asks to be reported', async (t) => {
  t.equal(messageFor(new CountersignError('usage', 'say FILE')), 'say FILE');
  t.match(messageFor(new TypeError('bug')), /please report it: TypeError: bug/);
  t.equal(messageFor('text'), 'text');
});
