import t from 'tap';
import { holdEvent } from '../../plugin/hold/event.ts';
import { keyOf } from '../../plugin/hold/record.ts';
import { openSecret } from '../../plugin/hold/secret.ts';
import { pendingHold } from './opening.ts';

const [own, other] = [openSecret(Buffer.alloc(32, 1)), openSecret(Buffer.alloc(32, 2))];

t.test('names are the same for the same request, and tell nothing without the key', async (t) => {
  const hold = pendingHold();
  t.same(own.names(hold), own.names(pendingHold({}, 9)));
  t.equal(own.names(hold).grant, null);
  t.equal(own.names(hold).key, own.name('key', keyOf(hold)));
  t.not(own.names(hold).key, keyOf(hold));
  t.not(own.names(hold).key, other.names(hold).key);
  t.not(own.name('shape', 'x'), own.name('asker', 'x'), 'each kind by itself');
});

t.test('a seal is of one event, every member of it', async (t) => {
  const hold = pendingHold();
  const event = holdEvent('opened', hold, hold);
  const seal = own.seal(event);
  t.ok(own.isSealed(event, seal));
  t.notOk(other.isSealed(event, seal));
  t.notOk(own.isSealed({ ...event, exchange: 'x' }, seal));
  t.notOk(own.isSealed({ ...event, body: { ...event.body, version: 2 } }, seal));
  t.notOk(own.isSealed({ ...event, committed: { ...event.committed, command: Buffer.from('x') } }, seal));
  t.notOk(own.isSealed(event, ''));
});
