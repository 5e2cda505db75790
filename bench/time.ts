/**
 * Microseconds of processor time, all threads, per call of each of `works`, in turn, `rounds` times: entry i of a list is what it took in round i.
 * Each is called for `ms` milliseconds a round, after a round of warming up that does not count.
 */
export function timeInTurn<Name extends string>(
  works: Readonly<Record<Name, () => unknown>>,
  rounds = 3,
  ms = 400,
): Record<Name, number[]> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1)
    for (const name of names) {
      const took = timeOf(works[name], ms);
      if (round > 0) times[name].push(took);
    }
  return times;
}

/** Keeps what the works return, so that none of it is optimized away. */
let kept: unknown;

function timeOf(work: () => unknown, ms: number): number {
  const started = performance.now();
  const used = process.cpuUsage();
  let calls = 0;
  while (performance.now() - started < ms) {
    for (let i = 0; i < 10; i += 1) kept = work();
    calls += 10;
  }
  void kept;
  const { user, system } = process.cpuUsage(used);
  return (user + system) / calls;
}
