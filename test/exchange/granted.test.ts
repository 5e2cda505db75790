import t from 'tap';
import { openGranted, underGrant } from '../../plugin/exchange/granted.ts';
import type { Release } from '../../plugin/exchange/release.ts';

/** A desk that revokes when it is told to. */
function desk(revoked: readonly string[] = []) {
  const listeners = new Set<(hold: string) => void>();
  return {
    revoke: (hold: string) => listeners.forEach((listener) => void listener(hold)),
    onRevoked(listener: (hold: string) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isRevoked: async (hold: string) => revoked.includes(hold),
  };
}

const release = (grant: string | null): Release => ({
  ...{ exchange: 'x', grant },
  body: (bytes, end) => [{ kind: 'body', bytes, end }],
  trailers: () => [{ kind: 'trailers', remove: [] }],
  leave: async () => {},
});

t.test('revoking cuts what runs under that grant, and not what has ended', async (t) => {
  const on = desk();
  const granted = openGranted(on);
  const cut: string[] = [];
  const open = (name: string, grant: string | null) =>
    underGrant(granted, { release: release(grant), replies: [] }, false, () => cut.push(name));
  const [running, ended, other] = [open('running', 'a'), open('ended', 'a'), open('other', 'b')];
  open('none', null);
  await Promise.all([running.replies, ended.replies, other.replies]);
  await running.release.body(Buffer.from('x'), false);
  await ended.release.body(Buffer.from('x'), true);
  on.revoke('a');
  t.same(cut, ['running']);
  await running.release.leave('cut', 'x');
  on.revoke('a');
  t.same(cut, ['running'], 'once');
});

t.test('what begins after the grant was revoked does not begin', async (t) => {
  const granted = openGranted(desk(['a']));
  const opened = underGrant(granted, { release: release('a'), replies: [] }, false, t.fail);
  await t.rejects(opened.replies as Promise<unknown>, { code: 'hold_state' });
});
