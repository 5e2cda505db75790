import { CountersignError } from '../errors.ts';
import { type CompiledPlan, compilePlan } from '../mask/compile.ts';
import { type Plan, parsePlan, planDigest } from '../mask/plan.ts';

/** A plan as the policy wrote it, what names it, and what applies it. */
export interface Planned {
  readonly plan: Plan;
  /** Hex. */
  readonly digest: string;
  readonly compiled: CompiledPlan;
}

/** A policy has few plans, and they come again with each exchange: kept by the text that they were written in. */
const known = new Map<string, Planned>();
const knownLimit = 1_000;

/** The plan of a policy's `mask` member; none is the empty plan. @throws what `parsePlan` and `compilePlan` throw */
export function planOf(mask: unknown): Planned {
  const text = JSON.stringify(mask ?? []);
  const there = known.get(text);
  if (there) return there;
  const plan = parsePlan(mask ?? []);
  const made = { plan, digest: planDigest(plan), compiled: compilePlan(plan) };
  if (known.size >= knownLimit) known.clear();
  known.set(text, made);
  return made;
}

/**
 * The plan that travelled.
 * @throws CountersignError `release_unknown` when it is not the one that was decided
 */
export function travelledPlan(plan: unknown, digest: string): CompiledPlan {
  const planned = planOf(plan);
  if (planned.digest === digest) return planned.compiled;
  throw new CountersignError('release_unknown', 'the mask plan that travelled is not the one that was decided');
}
