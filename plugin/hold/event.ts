import type { Approver } from './people.ts';
import type { HoldRecord } from './record.ts';
import type { HoldEvent } from './store.ts';

/** The steps of a hold, as its entries name them. */
export type Transition =
  | 'opened'
  | 'approved'
  | 'retracted'
  | 'rejected'
  | 'expired'
  | 'withdrawn'
  | 'granted'
  | 'consumed'
  | 'revoked'
  | 'broke_glass';

/** Who took a step that the hold itself does not tell of, and why. */
export interface Deed {
  readonly by: Approver;
  readonly reason: string | null;
}

/** Bytes of the command's text that an entry commits to (audit.md). */
const textLimit = 16_384;

/** What a transition tells the log: `hold` as it is after it; `before` still has the texts that it commits to. */
export function holdEvent(
  transition: Transition,
  hold: HoldRecord,
  before: HoldRecord,
  deed: Deed | null = null,
): HoldEvent {
  const { id, issuer, groups, actors } = hold.asker;
  return {
    kind: 'hold',
    exchange: hold.exchange,
    principal: { id, issuer, groups, actors },
    policyDigest: hold.policyDigest,
    body: {
      ...{ hold: hold.id, version: hold.version, transition },
      ...details[transition](hold),
      ...(deed === null ? {} : { approver: approverOf(deed.by) }),
    },
    committed: committed(transition, hold, before, deed),
  };
}

const details: Readonly<Record<Transition, (hold: HoldRecord) => Readonly<Record<string, unknown>>>> = {
  opened: ({ spec, rule, expires }) => ({
    ...{ rule, requirements: spec.anyOf, expires },
    ...(spec.grant === null
      ? {}
      : { grant: { for: spec.grant.forMs, uses: spec.grant.uses, match: spec.grant.match } }),
  }),
  approved: ({ approvals }) => {
    const approval = approvals.at(-1);
    return approval === undefined
      ? {}
      : { approver: approverOf(approval.approver), group: approval.group, groups: approval.groups };
  },
  rejected: ({ rejection }) => (rejection === null ? {} : { approver: approverOf(rejection.approver) }),
  expired: () => ({}),
  withdrawn: () => ({}),
  retracted: () => ({}),
  granted: (hold) => ({ ...stream(hold), ...(hold.validUntil === null ? {} : { expires: hold.validUntil }) }),
  consumed: stream,
  revoked: () => ({}),
  broke_glass: stream,
};

/** The stream that went on. */
function stream({ consumed, uses }: HoldRecord): { readonly stream?: string } {
  const httpId = uses.at(-1)?.httpId ?? consumed?.httpId;
  return httpId === undefined ? {} : { stream: httpId };
}

function approverOf({ id, issuer, person }: Approver) {
  return { id, issuer, ...(person === null ? {} : { person }) };
}

function committed(
  transition: Transition,
  hold: HoldRecord,
  before: HoldRecord,
  deed: Deed | null,
): Record<string, Uint8Array> {
  const texts: Readonly<Partial<Record<Transition, Readonly<Record<string, string | null | undefined>>>>> = {
    opened: { justification: before.justification, command: commandText(before) },
    approved: { reason: hold.approvals.at(-1)?.reason },
    rejected: { reason: hold.rejection?.reason },
    broke_glass: { reason: deed?.reason },
    revoked: { reason: deed?.reason },
    retracted: { reason: deed?.reason },
  };
  const values = Object.entries(texts[transition] ?? {}).flatMap(([field, text]) =>
    text ? [[field, Buffer.from(text).subarray(0, textLimit)] as const] : [],
  );
  const use = transition === 'granted' || transition === 'consumed' ? hold.uses.at(-1) : undefined;
  const request = use?.digest ?? hold.digest;
  return { request: Buffer.from(request, 'hex'), ...Object.fromEntries(values) };
}

/** The text of the commands that the approver saw. */
function commandText({ display }: HoldRecord): string | null {
  const commands = display?.commands;
  if (!Array.isArray(commands)) return null;
  const texts = commands
    .map((command) => (command as { text?: unknown }).text)
    .filter((text) => typeof text === 'string');
  return texts.length === 0 ? null : texts.join('\n');
}
