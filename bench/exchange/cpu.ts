import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: USER_HZ, which Linux fixes at 100 for every program. */
const ticks = 100;

/**
 * Processor time that a process and all its threads have used since it started, in microseconds: user and system
 * (proc(5), fields 14 and 15 of /proc/PID/stat). Resolution 10 ms: measure over a second of it. `main`: the main thread
 * alone.
 */
export function cpuOf(pid: number, threads: 'all' | 'main' = 'all'): number {
  const stat = readFileSync(threads === 'all' ? `/proc/${pid}/stat` : `/proc/${pid}/task/${pid}/stat`, 'utf8');
  // The command's name, in parentheses, may hold spaces: fields count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticks;
}
