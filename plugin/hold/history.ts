import { z } from 'zod';
import { codeOf } from '../errors.ts';
import type { Principal } from '../request.ts';
import type { Bench } from './bench.ts';
import { groupsIn } from './hold.ts';
import { relationToAsker } from './people.ts';
import type { HoldState } from './record.ts';
import type { Stored } from './store.ts';

/** A person as an entry of the log names them. */
export interface Named {
  readonly id: string;
  readonly issuer: string;
  readonly person?: string | undefined;
}

/** A closed hold: what the store keeps of it, and the names that the signed log has. Times in milliseconds since 1970. */
export interface Closed {
  /** Place in the order of opening: `before` of the next page. */
  readonly n: number;
  readonly id: string;
  readonly exchange: string;
  readonly rule: string;
  readonly state: HoldState;
  readonly glass: boolean;
  readonly opened: number;
  readonly closed: number;
  /** Null where the entry is in another log. */
  readonly asker: Named | null;
  /** Who took which step, in order. */
  readonly steps: readonly { readonly transition: string; readonly by: Named | null; readonly at: number }[];
}

/** Rows that one page looks at. */
const pageLimit = 100;

const named = z.object({ id: z.string(), issuer: z.string(), person: z.string().optional() });

const entrySchema = z.looseObject({
  kind: z.literal('hold'),
  origin: z.string(),
  time: z.number(),
  hold: z.string(),
  transition: z.string(),
  principal: named.optional(),
  approver: named.optional(),
});

/**
 * Closed holds that this viewer may see, the newest first; of one shape where `shape` (its stored name) is given.
 * Who asked and who decided is read from the log, not from the store.
 */
export async function history(
  bench: Bench,
  viewer: Principal,
  page: { readonly before?: number; readonly limit?: number; readonly shape?: string },
): Promise<readonly Closed[]> {
  const { before = Number.MAX_SAFE_INTEGER, limit = 50, shape = null } = page;
  const stored = await bench.store.select({ by: 'closed', before, limit: Math.min(limit, pageLimit), shape });
  const all = await Promise.all(stored.map((one) => closedOf(bench, one)));
  return all.filter((one, at) => {
    const hold = stored[at]?.hold;
    if (hold === undefined) return false;
    const asked = one.asker !== null && sameAs(one.asker, viewer);
    return groupsIn(hold, viewer).length > 0 || asked || relationToAsker(hold.asker, viewer) === 'same';
  });
}

function sameAs(one: Named, viewer: Principal): boolean {
  return one.id === viewer.id && one.issuer === viewer.issuer;
}

async function closedOf({ evidence }: Bench, { n, hold, receipts }: Stored): Promise<Closed> {
  const places = Object.values(receipts).map(async ({ origin, seq }) => {
    const parsed = entrySchema.safeParse(await lookUp(evidence, seq));
    return parsed.success && parsed.data.hold === hold.id && parsed.data.origin === origin ? parsed.data : null;
  });
  const entries = (await Promise.all(places)).filter((entry) => entry !== null);
  return {
    n,
    id: hold.id,
    exchange: hold.exchange,
    rule: hold.rule,
    state: hold.state,
    glass: hold.glass,
    opened: hold.opened,
    closed: hold.closed ?? hold.expires,
    asker: entries[0]?.principal ?? null,
    steps: entries.map(({ transition, approver, time }) => ({ transition, by: approver ?? null, at: time })),
  };
}

async function lookUp(evidence: Bench['evidence'], seq: number): Promise<unknown> {
  try {
    return await evidence(seq);
  } catch (error) {
    if (codeOf(error) === 'audit_unknown') return null;
    throw error;
  }
}
