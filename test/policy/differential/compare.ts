import fc from 'fast-check';
import { withoutOpaEnvoy } from '../opa-envoy.ts';
import { openPair, type Pair } from './ask.ts';
import { type Differing, differing, wanted } from './differences.ts';
import { checks } from './generate.ts';

/** What became of the generated Checks. */
export interface Comparison {
  readonly checks: number;
  /** Checks whose answers agree in everything but the decision's id and the headers that every allow removes. */
  readonly alike: number;
  /** Checks in which a difference was seen, by its name. */
  readonly counts: ReadonlyMap<string, number>;
  readonly unmatched: readonly Differing[];
}

/** @throws Error that says how to get the plugin where there is none */
export async function openPairOrExplain(): Promise<Pair> {
  if (withoutOpaEnvoy !== false) throw new Error(withoutOpaEnvoy);
  return openPair();
}

const always: ReadonlySet<string> = new Set(['retry headers', 'decision id']);

/** Sends the Checks of a seed to both. */
export async function compare(pair: Pair, count: number, seed: number): Promise<Comparison> {
  const counts = new Map<string, number>(wanted.map(({ name }) => [name, 0]));
  const unmatched: Differing[] = [];
  let alike = 0;
  for (const sent of fc.sample(checks, { numRuns: count, seed })) {
    const [ours, theirs] = await Promise.all([pair.ours(sent.check), pair.theirs(sent.check)]);
    const names = new Set<string>();
    const before = unmatched.length;
    for (const one of differing(sent, ours, theirs)) {
      const explained = wanted.filter((difference) => difference.matches(one));
      if (explained.length === 0) unmatched.push(one);
      for (const { name } of explained) names.add(name);
    }
    if (unmatched.length === before && [...names].every((name) => always.has(name))) alike += 1;
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return { checks: count, alike, counts, unmatched };
}

/** The comparison as text. */
export function table({ checks: count, alike, counts, unmatched }: Comparison, seed: number): string {
  const rows = [...counts].map(([name, seen]) => `${String(seen).padStart(7)}  ${name}`);
  const shown = unmatched.slice(0, 10).map(explainOne);
  return [
    `${count} Checks (seed ${seed}), ${alike} answered alike`,
    ...rows,
    `${unmatched.length} unmatched`,
    ...shown,
  ].join('\n');
}

/** A difference that nobody expected, with all that it takes to look at it. */
export function explainOne({ member, ours, theirs, sent }: Differing): string {
  const { check: _, body, ...rest } = sent;
  return JSON.stringify({ member, sent: { ...rest, body: body.toString('latin1') }, ours, theirs }, null, 1);
}
