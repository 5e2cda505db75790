import { CountersignError } from '../errors.ts';
import { type CompiledPlan, compilePlan } from '../mask/compile.ts';
import { parsePlan, planDigest } from '../mask/plan.ts';

/** Compiled plans by digest: a policy has few, and they come again with each exchange. */
const compiled = new Map<string, CompiledPlan>();
const compiledLimit = 1_000;

/**
 * The plan that travelled, compiled once per digest.
 * @throws CountersignError `release_unknown` when plan and digest disagree; whatever `parsePlan` and `compilePlan` throw
 */
export function planOf(plan: unknown, digest: string): CompiledPlan {
  const known = compiled.get(digest);
  if (known) return known;
  const parsed = parsePlan(plan);
  if (planDigest(parsed) !== digest)
    throw new CountersignError('release_unknown', 'the mask plan that travelled is not the one that was decided');
  const made = compilePlan(parsed);
  if (compiled.size >= compiledLimit) compiled.clear();
  compiled.set(digest, made);
  return made;
}
