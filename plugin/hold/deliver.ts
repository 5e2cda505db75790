import type { HoldStore, Notice } from './store.ts';
import { postOf, type Webhook } from './webhook.ts';

/** What posts notices. */
export interface Delivery {
  /** A notice may be due now. */
  poke(): void;
  /** Ends the attempts that run; what was not delivered is there at the next start. */
  close(): Promise<void>;
}

/** What it stands on. */
export interface DeliveryParts {
  readonly store: Pick<HoldStore, 'notices' | 'noticed'>;
  readonly webhooks: readonly Webhook[];
  /** Base URL of the console; null without. */
  readonly console: string | null;
  /** A notice was given up, or could not be posted this time. */
  readonly failed: (target: number, given: 'retry' | 'up') => void;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

/** Milliseconds that one receiver may take. */
const patience = 10_000;

/** Notices posted at one time. */
const atOnce = 20;

/** After so many attempts, some 30 hours, a notice is given up. */
const attemptLimit = 12;

/** Milliseconds between two looks where nothing is known to be due: another process may have written some. */
const idle = 30_000;

/** Milliseconds until the next attempt: 5 s, doubled each time up to 8 h, and up to a tenth more. */
export function backoff(attempts: number, random: () => number = Math.random): number {
  return Math.round(Math.min(5_000 * 2 ** attempts, 28_800_000) * (1 + random() / 10));
}

/** Posts what is due, and again what failed. Order between notices is not kept; a receiver may see one twice. */
export function openDelivery(parts: DeliveryParts): Delivery {
  const { store, webhooks, failed, fetch: post = fetch, now = Date.now } = parts;
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let again = false;

  async function deliver(notice: Notice): Promise<void> {
    const webhook = webhooks[notice.target];
    if (webhook === undefined) return store.noticed(notice.id, null);
    const link = parts.console === null ? null : `${parts.console.replace(/\/$/, '')}/holds/${notice.hold}`;
    const { headers, body } = postOf(notice, webhook, link, now());
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patience)]);
    const gone = await post(webhook.url, { method: 'POST', headers, body, signal, redirect: 'manual' }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok ? 'delivered' : response.status === 410 ? 'gone' : 'refused';
      },
      () => 'refused' as const,
    );
    if (closing.signal.aborted) return;
    if (gone === 'delivered') return store.noticed(notice.id, null);
    const up = gone === 'gone' || notice.attempts + 1 >= attemptLimit;
    failed(notice.target, up ? 'up' : 'retry');
    await store.noticed(notice.id, up ? null : now() + backoff(notice.attempts));
  }

  async function round(): Promise<void> {
    for (;;) {
      again = false;
      const { due, next } = await store.notices(now(), atOnce);
      await Promise.all(due.map(deliver));
      if (closing.signal.aborted) return;
      if (due.length > 0 || again) continue;
      return wake(next === null ? idle : Math.min(idle, Math.max(0, next - now())));
    }
  }

  function wake(after: number): void {
    clearTimeout(timer);
    if (closing.signal.aborted) return;
    timer = setTimeout(poke, after);
    timer.unref();
  }

  function poke(): void {
    again = true;
    if (running !== null || closing.signal.aborted || webhooks.length === 0) return;
    running = round()
      .catch(() => wake(idle))
      .finally(() => {
        running = null;
      });
  }

  poke();
  return {
    poke,
    async close() {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
