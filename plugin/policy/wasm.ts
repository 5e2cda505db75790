import { CountersignError } from '../errors.ts';
import type { Json } from '../request.ts';
import { builtins } from './builtins/index.ts';
import { opaText, parseJson } from './json.ts';
import { exportStackPointer, stackPointer } from './module.ts';
import { type Memory, type Module, webAssembly } from './webassembly.ts';

/**
 * A host for the modules of `opa build -t wasm` (ABI 1.2 and later), on the module's own exports.
 * https://www.openpolicyagent.org/docs/latest/wasm/
 */
export interface Engine {
  readonly entrypoints: ReadonlyMap<string, number>;
  /**
   * JSON text of the input -> JSON text of the result set: `[{"result": ...}]`, or `[]` when undefined.
   * @throws CountersignError `policy_error` when the module aborts or traps; the engine serves on.
   */
  evaluate(entrypoint: number, input: string): string;
}

/** What a built-in may ask of its evaluation. */
export interface Context {
  /** Nanoseconds since 1970: the same during one evaluation, as OPA has it. */
  readonly now: bigint;
  /** The argument in Rego's own notation, where sets differ from arrays. */
  rego(argument: number): string;
}

/** A built-in: undefined, or anything thrown, is Rego's undefined. */
export type Builtin = (args: readonly Json[], context: Context) => Json | undefined;

interface Exports {
  readonly opa_malloc: (bytes: number) => number;
  readonly opa_free: (address: number) => void;
  readonly opa_json_parse: (address: number, bytes: number) => number;
  readonly opa_json_dump: (value: number) => number;
  readonly opa_value_dump: (value: number) => number;
  readonly opa_heap_ptr_get: () => number;
  readonly opa_eval: (
    reserved: 0,
    entrypoint: number,
    dataValue: number,
    input: number,
    inputBytes: number,
    heap: number,
    format: 0,
  ) => number;
  readonly builtins: () => number;
  readonly entrypoints: () => number;
  readonly [stackPointer]?: { value: number };
  readonly opa_wasm_abi_version: { readonly value: number };
  readonly opa_wasm_abi_minor_version: { readonly value: number };
}

/** One instance of the module with its data loaded. */
interface Instance {
  readonly memory: Memory;
  readonly exports: Exports;
  /** Address of the data document. */
  readonly data: number;
  /** Where an evaluation's heap may begin. */
  readonly heap: number;
  /** Where the C stack begins; undefined when the module hides its stack pointer. */
  readonly stack: number | undefined;
  readonly clock: { now: bigint | null };
}

/** 64 KiB each. Growing page by page is slow (4 to 6 s for 10 MB), a large untouched memory costs nothing. */
const initialPages = 256;
/** 256 MiB: a memory bomb fails within the module. */
const maximumPages = 4_096;
/** An instance that one huge input has swollen to more than this is replaced. */
const keptPages = 1_024;
const pageBytes = 65_536;

/**
 * Compiles and starts a module with its data (JSON text).
 * @throws CountersignError `policy_invalid`: not a module of OPA's, an unknown ABI, a missing built-in (by name)
 */
export function openEngine(wasm: Uint8Array<ArrayBuffer>, data: string): Engine {
  let instance: Instance;
  let module: Module;
  try {
    module = new webAssembly.Module(exportStackPointer(wasm));
    instance = start(module, data);
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'policy_invalid') throw error;
    const why = error instanceof Error ? error.message : 'it does not start';
    throw new CountersignError('policy_invalid', `policy.wasm: expected a module built by "opa build -t wasm": ${why}`);
  }
  const entrypoints = new Map(
    Object.entries(JSON.parse(dump(instance, instance.exports.entrypoints())) as Record<string, number>),
  );
  return {
    entrypoints,
    evaluate(entrypoint, input) {
      try {
        return evaluate(instance, entrypoint, input);
      } catch (error) {
        // An aborted module leaves its stack pointer low: after some 500 aborts, which callers can provoke by a rule
        // conflict, it would be dead for good.
        const pointer = instance.exports[stackPointer];
        if (pointer === undefined || instance.stack === undefined) instance = start(module, data);
        else pointer.value = instance.stack;
        throw fault(error);
      } finally {
        if (instance.memory.buffer.byteLength > keptPages * pageBytes) instance = start(module, data);
      }
    },
  };
}

function evaluate(instance: Instance, entrypoint: number, input: string): string {
  const bytes = Buffer.byteLength(input);
  const heap = align(instance.heap + bytes);
  reserve(instance.memory, heap);
  Buffer.from(instance.memory.buffer).write(input, instance.heap);
  instance.clock.now = null;
  const { exports, data, memory } = instance;
  return text(memory, exports.opa_eval(0, entrypoint, data, instance.heap, bytes, heap, 0));
}

function fault(error: unknown): CountersignError {
  const why = error instanceof Error ? error.message : 'unknown';
  return new CountersignError('policy_error', `the evaluation was cut off: ${why}`);
}

function align(address: number): number {
  return (address + 7) & ~7;
}

function reserve(memory: Memory, end: number): void {
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}

/** The NUL-terminated UTF-8 text at an address. */
function text(memory: Memory, address: number): string {
  const bytes = Buffer.from(memory.buffer);
  return bytes.toString('utf8', address, bytes.indexOf(0, address));
}

function dump(instance: Pick<Instance, 'memory' | 'exports'>, value: number): string {
  return text(instance.memory, instance.exports.opa_json_dump(value));
}

/** Writes JSON text into the module's heap and parses it there: the value's address. */
function load({ exports, memory }: Pick<Instance, 'memory' | 'exports'>, json: string): number {
  const bytes = Buffer.byteLength(json);
  const address = exports.opa_malloc(bytes);
  Buffer.from(memory.buffer).write(json, address);
  const value = exports.opa_json_parse(address, bytes);
  exports.opa_free(address);
  return value;
}

function start(module: Module, json: string): Instance {
  const memory = new webAssembly.Memory({ initial: initialPages, maximum: maximumPages });
  const clock: Instance['clock'] = { now: null };
  let calls: readonly Builtin[] = [];

  const call = (id: number, _context: number, ...values: number[]): number => {
    const args = values.map((value) => parseJson(dump({ memory, exports }, value)));
    const context: Context = {
      get now() {
        clock.now ??= BigInt(Date.now()) * 1_000_000n;
        return clock.now;
      },
      rego: (argument) => text(memory, exports.opa_value_dump(values[argument] ?? 0)),
    };
    const result = attempt(() => calls[id]?.(args, context));
    return result === undefined ? 0 : load({ memory, exports }, opaText(result));
  };
  const imports = {
    memory,
    opa_builtin0: call,
    opa_builtin1: call,
    opa_builtin2: call,
    opa_builtin3: call,
    opa_builtin4: call,
    opa_println: () => {},
    opa_abort(address: number): never {
      throw new webAssembly.RuntimeError(text(memory, address));
    },
  };
  const exports = new webAssembly.Instance(module, { env: imports }).exports as unknown as Exports;
  requireAbi(exports);
  calls = resolve(JSON.parse(dump({ memory, exports }, exports.builtins())) as Record<string, number>);
  const data = load({ memory, exports }, json);
  return { memory, exports, data, heap: align(exports.opa_heap_ptr_get()), stack: exports[stackPointer]?.value, clock };
}

/** A built-in that fails yields undefined, as in OPA without strict errors; the module's own faults go on up. */
function attempt(work: () => Json | undefined): Json | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof webAssembly.RuntimeError) throw error;
    return undefined;
  }
}

function requireAbi({ opa_wasm_abi_version: major, opa_wasm_abi_minor_version: minor }: Exports): void {
  if (major?.value === 1 && minor?.value >= 2) return;
  throw new CountersignError(
    'policy_invalid',
    `policy.wasm: expected OPA's WASM ABI 1.2 or a later 1.x, got ${major?.value}.${minor?.value}: rebuild it with a current opa`,
  );
}

function resolve(wanted: Readonly<Record<string, number>>): readonly Builtin[] {
  const calls: Builtin[] = [];
  const missing: string[] = [];
  for (const [name, id] of Object.entries(wanted)) {
    const known = builtins.get(name);
    if (known) calls[id] = known;
    else missing.push(name);
  }
  if (missing.length === 0) return calls;
  throw new CountersignError(
    'policy_invalid',
    `the policy calls built-ins that are not available here: ${missing.sort().join(', ')}; rewrite those rules without them`,
  );
}
