import { z } from 'zod';
import { codeOf } from '../errors.ts';
import { lifeOf } from './hold.ts';
import type { Approval, GrantUse, HoldRecord } from './record.ts';
import { isMet } from './requirement.ts';
import type { Receipt, Stored } from './store.ts';

/** The entry of that number, read back from the signed log. Rejects with `audit_unknown` past its end. */
export type Evidence = (seq: number) => Promise<unknown>;

/** What we look at in an entry of a hold; what else is in it does not matter here. */
const entrySchema = z.looseObject({
  kind: z.string(),
  origin: z.string(),
  seq: z.number(),
  time: z.number(),
  hold: z.string().optional(),
  transition: z.string().optional(),
  version: z.number().optional(),
  approver: z.object({ id: z.string(), issuer: z.string(), person: z.string().optional() }).optional(),
  groups: z.array(z.string()).optional(),
  stream: z.string().optional(),
  recovered: z.boolean().optional(),
});

type HoldEntry = z.output<typeof entrySchema>;

/** Entries that are looked through for a use before the last restart. */
const historyLimit = 20_000;

/** Transitions that let a request go on. */
const admissions: ReadonlySet<string> = new Set(['granted', 'consumed', 'broke_glass']);

/**
 * Why the signed log does not bear out that a hold is approved, or null when it does (threat 6): each of its approvals
 * has its entry, which says the same, they suffice, none is too old, the last use of a grant has its entry, and before
 * `since` (milliseconds since 1970; the desk itself knows what came later) nothing happened that the row does not know.
 */
export async function unprovenApproval(
  stored: Stored,
  evidence: Evidence,
  at: { readonly now: number; readonly since: number },
): Promise<string | null> {
  const { hold } = stored;
  const last = await lastApproval(stored, evidence);
  if (typeof last === 'string') return last;
  if (last.time + lifeOf(hold) <= at.now) return 'its approvals have ended';
  if (hold.state === 'granted' && !(await lastUseProven(stored, evidence)))
    return `no entry of the log says what its use in version ${hold.version} says`;
  return last.time < at.since ? laterThanRow(hold, last.seq, evidence, at.since) : null;
}

async function lastUseProven(stored: Stored, evidence: Evidence): Promise<boolean> {
  const use = stored.hold.uses.at(-1);
  return use !== undefined && use.version === stored.hold.version && (await usedBy(stored, use, evidence));
}

/** True when the signed log says that this stream went on by the hold, and that it was approved, or the glass broken. */
export async function provenUse(
  stored: Stored,
  use: Pick<GrantUse, 'httpId' | 'version'>,
  evidence: Evidence,
): Promise<boolean> {
  if (!(await usedBy(stored, use, evidence))) return false;
  return stored.hold.glass || typeof (await lastApproval(stored, evidence)) !== 'string';
}

async function usedBy(
  { hold, receipts }: Stored,
  { httpId, version }: Pick<GrantUse, 'httpId' | 'version'>,
  evidence: Evidence,
): Promise<boolean> {
  const entry = await read(evidence, receipts[version]);
  if (entry === null || entry.hold !== hold.id || entry.version !== version || entry.stream !== httpId) return false;
  return admissions.has(entry.transition ?? '') && (entry.transition === 'broke_glass') === hold.glass;
}

/** The entry of the latest approval, when all have one and they suffice; what is wrong otherwise. */
async function lastApproval({ hold, receipts }: Stored, evidence: Evidence): Promise<HoldEntry | string> {
  let last: HoldEntry | null = null;
  for (const approval of hold.approvals) {
    const entry = await read(evidence, receipts[approval.version]);
    if (entry === null || !says(entry, hold, approval))
      return `no entry of the log says what its approval in version ${approval.version} says`;
    if (last === null || entry.seq > last.seq) last = entry;
  }
  return last !== null && isMet(hold.spec.anyOf, hold.approvals) ? last : 'its approvals do not suffice';
}

async function read(evidence: Evidence, receipt: Receipt | undefined): Promise<HoldEntry | null> {
  if (receipt === undefined) return null;
  const entry = await lookUp(evidence, receipt.seq);
  return entry !== null && entry.kind === 'hold' && entry.origin === receipt.origin ? entry : null;
}

async function lookUp(evidence: Evidence, seq: number): Promise<HoldEntry | null> {
  try {
    const parsed = entrySchema.safeParse(await evidence(seq));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (codeOf(error) === 'audit_unknown') return null;
    throw error;
  }
}

function says(entry: HoldEntry, hold: HoldRecord, { version, approver, groups }: Approval): boolean {
  return (
    entry.hold === hold.id &&
    entry.transition === 'approved' &&
    entry.version === version &&
    entry.recovered !== true &&
    entry.approver?.id === approver.id &&
    entry.approver.issuer === approver.issuer &&
    (entry.approver.person ?? null) === approver.person &&
    groups.every((group) => entry.groups?.includes(group))
  );
}

/** Looks from the last approval to the last restart: a row of the store may have been set back. */
async function laterThanRow(
  { id, version, used }: HoldRecord,
  from: number,
  evidence: Evidence,
  since: number,
): Promise<string | null> {
  let uses = 0;
  for (let seq = from + 1; seq <= from + historyLimit; seq++) {
    const entry = await lookUp(evidence, seq);
    if (entry === null || entry.time > since) return null;
    if (entry.hold !== id || entry.kind !== 'hold') continue;
    if (admissions.has(entry.transition ?? '')) uses += 1;
    if ((entry.version ?? 0) > version || uses > used) return `the log says that it was ${entry.transition}`;
  }
  return `more than ${historyLimit} entries were written since it was approved`;
}
