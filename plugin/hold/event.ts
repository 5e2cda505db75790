import type { Approver } from './people.ts';
import type { HoldRecord } from './record.ts';
import type { HoldEvent } from './store.ts';

/** The steps of a hold, as its entries name them. */
export type Transition = 'opened' | 'approved' | 'rejected' | 'expired' | 'withdrawn' | 'consumed' | 'revoked';

/** Bytes of the command's text that an entry commits to (audit.md). */
const textLimit = 16_384;

/** What a transition tells the log: `hold` as it is after it; `before` still has the texts that it commits to. */
export function holdEvent(transition: Transition, hold: HoldRecord, before: HoldRecord): HoldEvent {
  const { id, issuer, groups, actors } = hold.asker;
  return {
    kind: 'hold',
    exchange: hold.exchange,
    principal: { id, issuer, groups, actors },
    policyDigest: hold.policyDigest,
    body: { hold: hold.id, version: hold.version, transition, ...details[transition](hold) },
    committed: committed(transition, hold, before),
  };
}

const details: Readonly<Record<Transition, (hold: HoldRecord) => Readonly<Record<string, unknown>>>> = {
  opened: ({ spec, rule, expires }) => ({ rule, requirements: spec.anyOf, expires }),
  approved: ({ approvals }) => {
    const approval = approvals.at(-1);
    return approval === undefined
      ? {}
      : { approver: approverOf(approval.approver), group: approval.group, groups: approval.groups };
  },
  rejected: ({ rejection }) => (rejection === null ? {} : { approver: approverOf(rejection.approver) }),
  expired: () => ({}),
  withdrawn: () => ({}),
  consumed: ({ consumed }) => (consumed === null ? {} : { stream: consumed.httpId }),
  revoked: () => ({}),
};

function approverOf({ id, issuer, person }: Approver) {
  return { id, issuer, ...(person === null ? {} : { person }) };
}

function committed(transition: Transition, hold: HoldRecord, before: HoldRecord): Record<string, Uint8Array> {
  const texts: Readonly<Partial<Record<Transition, Readonly<Record<string, string | null | undefined>>>>> = {
    opened: { justification: before.justification, command: commandText(before) },
    approved: { reason: hold.approvals.at(-1)?.reason },
    rejected: { reason: hold.rejection?.reason },
  };
  const values = Object.entries(texts[transition] ?? {}).flatMap(([field, text]) =>
    text ? [[field, Buffer.from(text).subarray(0, textLimit)] as const] : [],
  );
  return { request: Buffer.from(hold.digest, 'hex'), ...Object.fromEntries(values) };
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
