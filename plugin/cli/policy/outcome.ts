import { CountersignError, codeOf } from '../../errors.ts';
import { parseHold } from '../../hold/spec.ts';
import { compilePlan } from '../../mask/compile.ts';
import { parsePlan } from '../../mask/plan.ts';
import type { Policy } from '../../policy/policy.ts';
import { parseRecord } from '../../record/spec.ts';
import type { Json } from '../../request.ts';

/** What would happen to a request: the decision as the service would take it, obligations read by their rooms. */
export interface PolicyOutcome {
  readonly verdict: 'allow' | 'deny' | 'hold';
  readonly decision: Readonly<Record<string, unknown>>;
}

/** Asks a policy. What it answers and can't be kept is a denial with its fault, as it would be in service. */
export function outcomeOf(policy: Policy, input: Json): PolicyOutcome {
  const decision = policy.decide(input);
  const fault = decision.fault ?? unkept(decision);
  const held = fault === null && !decision.allowed && decision.hold !== undefined;
  const verdict = held ? 'hold' : decision.allowed && fault === null ? 'allow' : 'deny';
  return { verdict, decision: { ...decision, fault } };
}

function unkept({ hold, mask, record, allowed }: ReturnType<Policy['decide']>): string | null {
  try {
    if (!allowed && hold !== undefined) parseHold(hold);
    compilePlan(parsePlan(mask ?? []));
    parseRecord(record);
    return null;
  } catch (error) {
    if (error instanceof CountersignError) return `${codeOf(error)}: ${error.message}`;
    throw error;
  }
}
