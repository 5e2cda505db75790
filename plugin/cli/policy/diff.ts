import pc from 'picocolors';
import type { Policy } from '../../policy/policy.ts';
import type { NamedInput } from './inputs.ts';
import { outcomeOf, type PolicyOutcome } from './outcome.ts';

/** One input that two policies answer differently, and the members in which they do. */
export interface Difference {
  readonly input: string;
  readonly before: PolicyOutcome;
  readonly after: PolicyOutcome;
  readonly members: readonly string[];
}

/** Every input whose answer differs: verdict, obligations, texts. `rule` and `reason` alone are a difference, too. */
export function differences(before: Policy, after: Policy, inputs: readonly NamedInput[]): readonly Difference[] {
  return inputs.flatMap(({ name, input }) => {
    const [one, other] = [outcomeOf(before, input), outcomeOf(after, input)];
    const members = Object.keys(one.decision).filter(
      (member) => JSON.stringify(one.decision[member]) !== JSON.stringify(other.decision[member]),
    );
    return members.length === 0 ? [] : [{ input: name, before: one, after: other, members }];
  });
}

/** `FILE: allow (customers/read) -> deny (default): allowed, rule`. */
export function differenceLine({ input, before, after, members }: Difference): string {
  return `${pc.bold(`${input}:`)} ${told(before)} -> ${told(after)}: ${members.join(', ')}`;
}

function told({ verdict, decision }: PolicyOutcome): string {
  const why = decision.fault ?? decision.rule;
  return why === null ? verdict : `${verdict} (${String(why)})`;
}
