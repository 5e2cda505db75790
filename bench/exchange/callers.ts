import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Load, Score } from './load.ts';

/** The load generator's process. */
export interface Callers {
  /** One load at a time. @throws Error when the process has ended, or nothing answered for long */
  run(load: Load): Promise<Score>;
  close(): void;
}

/** Milliseconds beyond a load's own time after which nothing is expected any more. */
const patience = 30_000;

/** Starts the callers. */
export function openCallers(): Callers {
  const child: ChildProcess = fork(fileURLToPath(new URL('./load.ts', import.meta.url)));
  process.on('exit', () => child.kill('SIGKILL'));
  return {
    run: (load) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => settle(() => reject(new Error(`no answer on ${load.path}`))),
          load.ms + patience,
        );
        const ended = () => settle(() => reject(new Error('the load generator has ended')));
        const scored = (score: unknown) => settle(() => resolve(score as Score));
        const settle = (how: () => void) => {
          clearTimeout(timer);
          child.off('exit', ended);
          child.off('message', scored);
          how();
        };
        child.once('exit', ended);
        child.once('message', scored);
        child.send(load);
      }),
    close: () => void child.kill('SIGKILL'),
  };
}
