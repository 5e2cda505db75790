import { CountersignError } from '../errors.ts';
import { align, dump, type Instance, type Loaded, loadedOf, reserve, start, text } from './instance.ts';
import { meter, meterExports, unlimitedSteps } from './meter.ts';
import { type Module, webAssembly } from './webassembly.ts';

/**
 * A host for the modules of `opa build -t wasm` (ABI 1.2 and later), on the module's own exports.
 * https://www.openpolicyagent.org/docs/latest/wasm/
 */
export interface Engine {
  readonly entrypoints: ReadonlyMap<string, number>;
  /**
   * JSON text of the input -> JSON text of the result set: `[{"result": ...}]`, or `[]` when undefined.
   * @param steps what the evaluation may spend; by default `stepLimit` of the input
   * @throws CountersignError `policy_error` when the module aborts, traps or exceeds a limit; the engine serves on.
   */
  evaluate(entrypoint: number, input: string, steps?: number): string;
  /** The same, or null where it takes more steps than that. */
  attempt(entrypoint: number, input: string, steps: number): string | null;
}

/** An instance that one huge input has swollen by more than this (48 MiB) is replaced. */
const swollenBytes = 768 * 65_536;

/**
 * Steps of one evaluation: turns of loops and entries of functions, some 5 ns each. A small policy takes 2 to 5
 * thousand, 19 KB of input 54 thousand, OPA's own test cases 761 thousand at most.
 */
export function stepLimit(inputBytes: number): number {
  return Math.min(10_000_000 + 4 * inputBytes, unlimitedSteps);
}

/**
 * Compiles and starts a module with its data (JSON text).
 * @throws CountersignError `policy_invalid`: not a module of OPA's, an unknown ABI, a missing built-in (by name)
 */
export function openEngine(wasm: Uint8Array<ArrayBuffer>, data: string): Engine {
  let instance: Instance;
  let module: Module;
  let loaded: Loaded;
  let keptBytes: number;
  try {
    module = compile(wasm);
    instance = start(module, data);
    loaded = loadedOf(instance);
    keptBytes = instance.bytes().length + swollenBytes;
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'policy_invalid') throw error;
    const why = error instanceof Error ? error.message : 'it does not start';
    throw new CountersignError('policy_invalid', `policy.wasm: expected a module built by "opa build -t wasm": ${why}`);
  }
  const entrypoints = new Map(
    Object.entries(JSON.parse(dump(instance, instance.exports.entrypoints())) as Record<string, number>),
  );
  function run<Said>(entrypoint: number, input: string, steps: number | undefined, exceeded: (limit: number) => Said) {
    const bytes = write(instance, input);
    const limit = steps ?? stepLimit(bytes);
    const { [meterExports.steps]: left, [meterExports.stackPointer]: stackPointer } = instance.exports;
    left.value = limit;
    try {
      return evaluate(instance, entrypoint, bytes);
    } catch (error) {
      // A module that is cut off leaves its stack pointer low: after some 500 times, which callers can provoke by a
      // rule conflict, it would be dead for good.
      stackPointer.value = instance.stack;
      if (left.value < 0) return exceeded(limit);
      throw fault(error instanceof Error ? error.message : 'unknown');
    } finally {
      if (instance.bytes().length > keptBytes) instance = start(module, loaded);
    }
  }

  return {
    entrypoints,
    evaluate: (entrypoint, input, steps) =>
      run(entrypoint, input, steps, (limit): never => {
        throw fault(`it took more than ${limit} steps, the limit for its input`);
      }),
    attempt: (entrypoint, input, steps) => run(entrypoint, input, steps, () => null),
  };
}

/** What `meter` reads is valid, because the engine has said so of the module as it came. */
function compile(wasm: Uint8Array<ArrayBuffer>): Module {
  if (!webAssembly.validate(wasm)) throw new RangeError('it is not valid WebAssembly');
  return new webAssembly.Module(meter(wasm));
}

/** Shorter texts than this (in UTF-16 units) are not measured before they are written. */
const unmeasured = 65_536;

/** Writes the input to where the heap begins: its bytes. */
function write({ memory, bytes, heap }: Instance, input: string): number {
  // No unit takes more than three bytes.
  const end = heap + 8 + (input.length < unmeasured ? 3 * input.length : Buffer.byteLength(input));
  if (end > bytes().length) reserve(memory, end);
  return bytes().write(input, heap);
}

function evaluate({ exports, data, bytes, heap, made }: Instance, entrypoint: number, length: number): string {
  made.clear();
  const address = exports.opa_eval(0, entrypoint, data, heap, length, align(heap + length), 0);
  return text(bytes(), address);
}

function fault(why: string): CountersignError {
  return new CountersignError('policy_error', `the evaluation was cut off: ${why}`);
}
