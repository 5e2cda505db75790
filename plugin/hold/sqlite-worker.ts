import { parentPort, workerData } from 'node:worker_threads';
import { type HoldDatabase, openHoldDatabase } from './sqlite-database.ts';

/** A call from the service's thread; answered in order. */
export interface StoreCall {
  readonly n: number;
  readonly method: keyof HoldDatabase;
  readonly parameters: readonly unknown[];
}

/** Its answer; call 0 is the opening of the file. */
export type StoreAnswer =
  | { readonly n: number; readonly value: unknown }
  | { readonly n: number; readonly fault: string };

/** Runs a call and says how it went. */
export function answer(n: number, call: () => unknown): StoreAnswer {
  try {
    return { n, value: call() };
  } catch (error) {
    return { n, fault: error instanceof Error ? error.message : String(error) };
  }
}

/** Serves the database of `workerData.holds` to the thread that made us. */
function serve(port: NonNullable<typeof parentPort>, file: string): void {
  let database: HoldDatabase | undefined;
  port.postMessage(
    answer(0, () => {
      database = openHoldDatabase(file);
    }),
  );
  port.on('message', ({ n, method, parameters }: StoreCall) => {
    port.postMessage(
      answer(n, () => {
        const call = database?.[method] as ((...values: readonly unknown[]) => unknown) | undefined;
        return call?.(...parameters);
      }),
    );
    if (method === 'close') port.close();
  });
}

const { holds } = (workerData ?? {}) as { readonly holds?: string };
if (parentPort !== null && holds !== undefined) serve(parentPort, holds);
