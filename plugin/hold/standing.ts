import type { Principal } from '../request.ts';
import type { Approver } from './people.ts';
import type { Approval } from './record.ts';

/** What is known of approvers since they approved: their last verified token, whichever door they came through. */
export interface Standing {
  /** A verified human was seen, with the groups that they have now. */
  seen(principal: Principal): void;
  /** True unless what was seen later says that the approver is no longer in the groups of that approval. */
  holds(approval: Approval): boolean;
}

/** Identities that are remembered. */
const limit = 10_000;

const nameOf = ({ issuer, id }: Pick<Approver, 'issuer' | 'id'>) => JSON.stringify([issuer, id]);

/** Nobody was seen yet. */
export function openStanding(): Standing {
  const known = new Map<string, readonly string[]>();
  return {
    seen(principal) {
      // A token that somebody else acts with has fewer rights: it says nothing of the person's own.
      if (principal.kind !== 'human' || principal.actors.length > 0) return;
      const name = nameOf(principal);
      known.delete(name);
      known.set(name, principal.groups);
      for (const oldest of known.keys()) {
        if (known.size <= limit) break;
        known.delete(oldest);
      }
    },
    holds({ approver, groups }) {
      const now = known.get(nameOf(approver));
      return now === undefined || groups.every((group) => now.includes(group));
    },
  };
}
