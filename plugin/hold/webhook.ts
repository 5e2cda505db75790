import { createHmac, randomBytes } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import type { Transition } from './event.ts';
import type { HoldRecord } from './record.ts';
import type { Notice } from './store.ts';

/** One receiver of notifications. */
export interface Webhook {
  readonly url: string;
  /** Key of the signature; null where the receiver knows the URL only, as Slack's does. */
  readonly secret: Buffer | null;
  readonly format: 'standard' | 'slack';
}

/** What is posted. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Transitions that people are told of, and the event's type. */
const events: Readonly<Partial<Record<Transition, string>>> = {
  opened: 'hold.opened',
  approved: 'hold.approved',
  rejected: 'hold.rejected',
  expired: 'hold.expired',
  withdrawn: 'hold.withdrawn',
  granted: 'hold.granted',
  consumed: 'hold.consumed',
  revoked: 'hold.revoked',
  broke_glass: 'hold.broke_glass',
};

/** A notice of that step for each of `count` webhooks. They carry id and rule, never what was asked. */
export function noticesOf(count: number, now: () => number = Date.now) {
  return (transition: Transition, { id, rule }: HoldRecord): readonly Notice[] => {
    const event = events[transition];
    if (event === undefined) return [];
    return Array.from({ length: count }, (_, target) => ({
      id: `msg_${randomBytes(16).toString('base64url')}`,
      ...{ event, hold: id, rule, at: now(), target, attempts: 0 },
    }));
  };
}

/**
 * The secret of a file: `whsec_` and base64, 24 to 64 bytes (Standard Webhooks, symmetric signatures).
 * @throws CountersignError `key_invalid`, never quoting it
 */
export function readSecret(text: string, name: string): Buffer {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text.trim())?.[1] ?? '';
  const secret = Buffer.from(encoded, 'base64');
  if (secret.length >= 24 && secret.length <= 64) return secret;
  throw new CountersignError('key_invalid', `${name}: expected whsec_ and base64 of 24 to 64 bytes`);
}

/**
 * A notice as it is posted at that moment (milliseconds since 1970). `link` leads to the hold; null without a console.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function postOf(notice: Notice, { secret, format }: Webhook, link: string | null, now: number): Post {
  const body = JSON.stringify(formats[format](notice, link));
  const timestamp = String(Math.floor(now / 1_000));
  const signature =
    secret === null
      ? {}
      : {
          'webhook-signature': `v1,${createHmac('sha256', secret).update(`${notice.id}.${timestamp}.${body}`).digest('base64')}`,
        };
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': notice.id,
      'webhook-timestamp': timestamp,
      ...signature,
    },
    body,
  };
}

type Format = (notice: Notice, link: string | null) => object;

const formats: Readonly<Record<Webhook['format'], Format>> = {
  standard: ({ event, hold, rule, at }, link) => ({
    type: event,
    timestamp: new Date(at).toISOString(),
    data: { hold, rule, ...(link === null ? {} : { link }) },
  }),
  // https://api.slack.com/reference/block-kit/blocks
  slack: ({ event, hold, rule }, link) => {
    const said = `${slackTexts[event] ?? event}: ${escaped(rule)} (${hold})`;
    const button = { type: 'button', text: { type: 'plain_text', text: 'Open' }, url: link };
    return {
      text: said,
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: said, verbatim: true } },
        ...(link === null ? [] : [{ type: 'actions', elements: [button] }]),
      ],
    };
  },
};

const slackTexts: Readonly<Record<string, string>> = {
  'hold.opened': 'A request waits for approval',
  'hold.approved': 'Approved',
  'hold.rejected': 'Rejected',
  'hold.expired': 'Nobody decided in time',
  'hold.withdrawn': 'The request was given up',
  'hold.granted': 'A grant is in use',
  'hold.consumed': 'The request went on',
  'hold.revoked': 'Taken back',
  'hold.broke_glass': 'The glass was broken: a human went on without approval',
};

/** A rule's name is the policy's, and may still hold what mrkdwn acts on (threat 21). */
function escaped(text: string): string {
  return text
    .replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? '')
    .replace(/[*_~`|[\]()\p{C}]/gu, ' ')
    .slice(0, 200);
}
