import { parentPort, workerData } from 'node:worker_threads';
import type { AsideBundle, AsideOutcome, AsideTask } from './aside.ts';
import { openEngine } from './wasm.ts';

// A thread of its own: an evaluation may take a tenth of a second, and the event loop must not notice (invariant 9).
const { wasm, data } = workerData as AsideBundle;
const engine = openEngine(wasm, data);

function outcomeOf({ id, entrypoint, input }: AsideTask): AsideOutcome {
  try {
    return { id, text: engine.evaluate(entrypoint, input) };
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : 'the evaluation failed' };
  }
}

parentPort?.on('message', (task: AsideTask) => parentPort?.postMessage(outcomeOf(task)));
