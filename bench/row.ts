/** From what was measured to the rows of `results.json`. */

/** A figure as a group measured it: one value per run. Runs of one group alternate, so that run i of each saw the same noise. */
export interface Measure {
  readonly figure: string;
  readonly unit: string;
  readonly runs: readonly number[];
  /** The figure of the same group that this one is divided by, run by run. */
  readonly peer?: string;
  /** What `docs/` and the design promise, in the figure's unit. */
  readonly goal?: Goal;
}

/** A bound that the figure's median has to keep. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** One row of `bench/results.json`. Measured, never typed in. */
export interface Row {
  readonly bench: string;
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string | null;
  /** Value by the peer's value: the median of the runs' own ratios, which noise moves less than the values. */
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly met: boolean | null;
  readonly machine: string;
  /** ISO 8601, when the group ended. */
  readonly date: string;
}

/** Where and when. */
export type Occasion = Pick<Row, 'machine' | 'date'>;

/** The rows of a group, in the order of its measures. @throws Error when a peer is none of its figures */
export function rowsOf(bench: string, measures: readonly Measure[], { machine, date }: Occasion): Row[] {
  return measures.map(({ figure, unit, runs, peer, goal }) => {
    const value = median(runs);
    return {
      bench,
      figure,
      value: significant(value),
      unit,
      peer: peer ?? null,
      ratio: peer === undefined ? null : significant(ratioOf(runs, peerOf(measures, figure, peer).runs)),
      goal: goal === undefined ? null : wordsOf(goal),
      met: goal === undefined ? null : keeps(value, goal),
      machine,
      date,
    };
  });
}

function peerOf(measures: readonly Measure[], figure: string, peer: string): Measure {
  const found = measures.find((measure) => measure.figure === peer);
  if (!found) throw new Error(`${figure}: its peer "${peer}" was not measured`);
  return found;
}

const ratioOf = (runs: readonly number[], peers: readonly number[]) =>
  median(runs.map((run, at) => run / (peers[at] ?? Number.NaN)));

const wordsOf = (goal: Goal) => ('atMost' in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`);

const keeps = (value: number, goal: Goal) => ('atMost' in goal ? value <= goal.atMost : value >= goal.atLeast);

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted.length >> 1;
  const upper = sorted[at] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[at - 1] ?? Number.NaN) + upper) / 2;
}

/** Three digits: a fourth would be noise, and a diff of it as well. */
function significant(value: number): number {
  return Number(value.toPrecision(3));
}
