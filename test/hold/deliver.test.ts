import t from 'tap';
import { backoff, openDelivery } from '../../plugin/hold/deliver.ts';
import type { Notice } from '../../plugin/hold/store.ts';

const webhooks = [{ url: 'https://x.example.com', secret: null, format: 'standard' }] as const;
const notice = (id: string, over: Partial<Notice> = {}): Notice => ({
  ...{ id, event: 'hold.opened', hold: 'h', rule: 'r', at: 0, target: 0, attempts: 0 },
  ...over,
});

/** Delivers these notices, each answered so; resolves when all are settled. */
async function delivered(notices: readonly Notice[], answer: () => Promise<Response>) {
  const due = [...notices];
  const settled: (readonly [string, number | null])[] = [];
  const failed: string[] = [];
  await new Promise<void>((resolve) => {
    const delivery = openDelivery({
      store: {
        notices: async (_, limit) => ({ due: due.splice(0, limit), next: null }),
        async noticed(id, again) {
          settled.push([id, again]);
          if (settled.length === notices.length) setImmediate(() => void delivery.close().then(resolve));
        },
      },
      ...{ webhooks, console: null, now: () => 1_000 },
      failed: (_, given) => failed.push(given),
      fetch: answer as typeof fetch,
    });
  });
  return { settled, failed };
}

t.test('what was taken is done, what was not comes again, what is gone or too old is given up', async (t) => {
  t.same((await delivered([notice('a')], async () => new Response())).settled, [['a', null]]);
  for (const answer of [
    async () => new Response(null, { status: 500 }),
    async () => new Response(null, { status: 302, headers: { location: 'https://other.example.com' } }),
    () => Promise.reject(new TypeError('refused')),
  ]) {
    const { settled, failed } = await delivered([notice('a')], answer);
    t.ok(Number(settled[0]?.[1]) >= 6_000);
    t.same(failed, ['retry']);
  }
  const gone = await delivered([notice('a')], async () => new Response(null, { status: 410 }));
  t.same([gone.settled, gone.failed], [[['a', null]], ['up']]);
  const old = await delivered([notice('a', { attempts: 11 })], () => Promise.reject(new TypeError()));
  t.same([old.settled, old.failed], [[['a', null]], ['up']]);
  t.same((await delivered([notice('a', { target: 7 })], () => t.fail('no such webhook') as never)).settled, [
    ['a', null],
  ]);
});

t.test('waits grow to eight hours', async (t) => {
  t.same(
    [0, 1, 5, 20].map((attempts) => backoff(attempts, () => 0)),
    [5_000, 10_000, 160_000, 28_800_000],
  );
});
