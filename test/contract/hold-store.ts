import type { Test } from 'tap';
import { holdEvent, type Transition } from '../../plugin/hold/event.ts';
import { approve, consume, expire } from '../../plugin/hold/hold.ts';
import type { HoldRecord } from '../../plugin/hold/record.ts';
import { openSecret } from '../../plugin/hold/secret.ts';
import type { Change, HoldStore } from '../../plugin/hold/store.ts';
import { pendingHold } from '../hold/opening.ts';
import { agent, human } from '../hold/people-of.ts';

const limits = { pending: 100, pendingPerPrincipal: 100 };
const secret = openSecret(Buffer.alloc(32, 7));
const receipt = { origin: 'e1.test.example', seq: 7, digest: 'ab'.repeat(32) };

/** The change that opens a hold. */
export const opens = (hold: HoldRecord, over: Partial<Change['limits']> = {}): Change => ({
  ...change('opened', hold, hold),
  from: 0,
  limits: { ...limits, ...over },
});

/** A transition as the journal commits it. */
export function change(transition: Transition, hold: HoldRecord, before: HoldRecord): Change {
  const event = holdEvent(transition, hold, before);
  return { hold, from: before.version, event, limits, names: secret.names(before), seal: secret.seal(event) };
}

/** The change that approves it. */
export function approves(hold: HoldRecord): Change {
  const shown = { digest: hold.digest, version: hold.version };
  const next = approve(hold, { by: human('bob'), shown, reason: 'fine' }, 1);
  if ('refusal' in next) throw new Error(next.refusal.message);
  return change('approved', next.hold, hold);
}

/** The change that uses the approval. */
export function consumes(hold: HoldRecord, httpId: string): Change {
  const next = consume(hold, { version: hold.version, digest: hold.digest, httpId, grantKey: hold.grantKey }, 2);
  if ('refusal' in next) throw new Error(next.refusal.message);
  return change('consumed', next.hold, hold);
}

/** What every hold store promises. `open` opens the same one each time it is called in a test. */
export function holdStoreContract(t: Test, place: (t: Test) => () => Promise<HoldStore>): void {
  t.test('what was committed is there again, with what it owes', async (t) => {
    const open = place(t);
    const first = await open();
    const hold = pendingHold();
    const opened = opens(hold);
    t.equal(await first.commit(opened), 'committed');
    await first.close();

    const store = await open();
    t.teardown(() => store.close());
    const [found, ...rest] = await store.select({ by: 'owed' });
    t.same(rest, []);
    t.strictSame(found?.hold, hold);
    t.same(found?.receipts, {});
    t.same(
      found?.owed.map(({ event }) => ({ ...event, committed: undefined })),
      [{ ...opened.event, committed: undefined }],
    );
    const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
    t.equal(text(found?.owed[0]?.event?.committed.justification), 'cleaning up');
    t.same(await store.select({ by: 'pending' }), [], 'nobody sees it before its entry');

    await store.mark(hold.id, 1, receipt);
    await store.mark(hold.id, 1, { ...receipt, seq: 8 });
    t.match(await store.select({ by: 'pending' }), [{ hold: { id: hold.id }, receipts: { 1: receipt }, owed: [] }]);
    t.same(await store.select({ by: 'owed' }), []);
  });

  t.test('a closed hold that owes nothing can be stripped at once; no other', async (t) => {
    const store = await place(t)();
    t.teardown(() => store.close());
    const [live, owing, closed] = ['1', '2', '3'].map((n) =>
      pendingHold({ exchange: n, asker: agent({ id: `a${n}` }) }),
    );
    if (live === undefined || owing === undefined || closed === undefined) return t.fail('three holds');
    for (const hold of [live, owing, closed]) await store.commit(opens(hold));
    for (const hold of [owing, closed]) {
      const ended = expire(hold, hold.expires);
      if ('refusal' in ended) return t.fail(ended.refusal.message);
      t.equal(await store.commit(change('expired', ended.hold, hold)), 'committed');
    }
    for (const version of [1, 2]) await store.mark(closed.id, version, receipt);
    t.same(await store.strippable(), ['3']);
    await store.strip(['1', '2', '3', 'none']);
    t.same(await store.strippable(), []);
    const [found] = await store.select({ by: 'id', id: closed.id });
    t.match(found?.hold, { id: closed.id, digest: '', asker: { id: '' }, display: null });
    t.strictSame((await store.select({ by: 'id', id: live.id }))[0]?.hold, live, 'a live one is as it was');
    t.match((await store.select({ by: 'id', id: owing.id }))[0]?.hold, { asker: owing.asker });
  });

  t.test('of two changes from one version one is committed', async (t) => {
    const open = place(t);
    const [one, two] = [await open(), await open()];
    t.teardown(() => Promise.all([one.close(), two.close()]));
    const hold = pendingHold();
    await one.commit(opens(hold));
    const approved = approves(hold);
    await one.commit(approved);
    const results = await Promise.all([
      one.commit(consumes(approved.hold, 'a')),
      two.commit(consumes(approved.hold, 'b')),
      one.commit(consumes(approved.hold, 'c')),
    ]);
    t.same(results.toSorted(), ['committed', 'conflict', 'conflict']);
    const [stored] = await two.select({ by: 'id', id: hold.id });
    t.match(stored?.hold, { state: 'consumed', version: 3 });
    t.equal(stored?.owed.length, 3, 'the refused changes left no event');
    t.equal(await one.commit(approves(hold)), 'conflict', 'a version that has passed');
  });

  t.test('one live hold per request and asker, and the newest is found', async (t) => {
    const store = await place(t)();
    t.teardown(() => store.close());
    const hold = pendingHold();
    await store.commit(opens(hold));
    t.equal(await store.commit(opens(pendingHold())), 'conflict');
    t.equal(await store.commit(opens(pendingHold({ asker: agent({ id: 'other' }) }))), 'committed');
    const ended = expire(hold, hold.expires);
    if ('refusal' in ended) throw new Error('not expired');
    t.equal(await store.commit(change('expired', ended.hold, hold)), 'committed');
    const again = pendingHold({}, 5);
    t.equal(await store.commit(opens(again)), 'committed');
    t.match(await store.select({ by: 'key', key: secret.names(hold).key }), [{ hold: { id: again.id } }]);
    t.match(await store.select({ by: 'id', id: hold.id }), [{ hold: { state: 'expired' } }]);
    t.same(await store.select({ by: 'id', id: 'h_none' }), []);
  });

  t.test('limits hold for each asker and in total', async (t) => {
    const store = await place(t)();
    t.teardown(() => store.close());
    const digest = (n: number) => ({ digest: n.toString(16).padStart(64, '0') });
    const small = { pending: 3, pendingPerPrincipal: 2 };
    const asked = (n: number, id = 'a') =>
      store.commit(opens(pendingHold({ ...digest(n), asker: agent({ id }) }), small));
    t.same([await asked(1), await asked(2), await asked(3)], ['committed', 'committed', 'full']);
    t.same([await asked(4, 'b'), await asked(5, 'b')], ['committed', 'full']);
  });

  t.test('what ends first is found first', async (t) => {
    const store = await place(t)();
    t.teardown(() => store.close());
    t.same(await store.select({ by: 'due' }), []);
    const [late, soon] = [pendingHold({}, 50), pendingHold({ digest: 'd3'.repeat(32) }, 10)];
    await store.commit(opens(late));
    await store.commit(opens(soon));
    t.match(await store.select({ by: 'due' }), [{ hold: { id: soon.id } }]);
    await store.commit(approves(late));
    t.match(await store.select({ by: 'due' }), [{ hold: { id: late.id, validUntil: 600_001 } }]);
  });

  t.test('closed, it refuses', async (t) => {
    const store = await place(t)();
    await store.close();
    await t.rejects(store.select({ by: 'pending' }), { code: 'unavailable' });
    await store.close();
  });
}
