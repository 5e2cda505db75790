import { CountersignError } from '../errors.ts';
import type { Json } from '../request.ts';
import { builtins } from './builtins/index.ts';
import { type Builtin, type Context, regoOf } from './builtins/operand.ts';
import { opaText, parseJson } from './json.ts';
import { meterExports, unlimitedSteps } from './meter.ts';
import { type Memory, type Module, webAssembly } from './webassembly.ts';

/** What a metered module of OPA exports. https://www.openpolicyagent.org/docs/latest/wasm/ */
interface Exports {
  readonly opa_malloc: (bytes: number) => number;
  readonly opa_free: (address: number) => void;
  readonly opa_json_parse: (address: number, bytes: number) => number;
  readonly opa_value_parse: (address: number, bytes: number) => number;
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
  readonly [meterExports.stackPointer]: { value: number };
  readonly [meterExports.steps]: { value: number };
  readonly opa_wasm_abi_version: { readonly value: number };
  readonly opa_wasm_abi_minor_version: { readonly value: number };
}

/** One instance of the module with its data loaded. */
export interface Instance {
  readonly memory: Memory;
  readonly bytes: Bytes;
  readonly exports: Exports;
  /** Address of the data document. */
  readonly data: number;
  /** Where an evaluation's heap may begin. */
  readonly heap: number;
  /** Where the C stack begins. */
  readonly stack: number;
  /** What built-ins have made for one evaluation: its time, its random values. */
  readonly made: Map<string, unknown>;
}

type Running = Pick<Instance, 'memory' | 'bytes' | 'exports'>;

/** 64 KiB each. Growing page by page is slow (4 to 6 s for 10 MB), a large untouched memory costs nothing. */
const initialPages = 256;
/** 256 MiB: a memory bomb fails within the module. */
const maximumPages = 4_096;
const pageBytes = 65_536;

/** Makes sure that the memory reaches to an address. @throws RangeError beyond the maximum */
export function reserve(memory: Memory, end: number): void {
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}

/** The next address that OPA's heap may begin at. */
export function align(address: number): number {
  return (address + 7) & ~7;
}

/** The bytes of a memory, however often it has grown. */
export type Bytes = () => Buffer;

/** Asking a memory for its buffer takes as long as writing a small input, so the view of it is kept: growing empties it. */
function bytesOf(memory: Memory): Bytes {
  let view = Buffer.from(memory.buffer);
  return () => {
    if (view.length === 0) view = Buffer.from(memory.buffer);
    return view;
  };
}

/** The NUL-terminated UTF-8 text at an address. */
export function text(bytes: Buffer, address: number): string {
  return bytes.toString('utf8', address, bytes.indexOf(0, address));
}

/** JSON text of the value at an address. */
export function dump({ bytes, exports }: Running, value: number): string {
  const address = exports.opa_json_dump(value);
  return text(bytes(), address);
}

/** Writes a text into the module's heap and parses it there, as JSON or as Rego: the value's address. */
function load(
  { exports, bytes }: Running,
  json: string,
  parse: 'opa_json_parse' | 'opa_value_parse' = 'opa_json_parse',
): number {
  const length = Buffer.byteLength(json);
  const address = exports.opa_malloc(length);
  bytes().write(json, address);
  const value = exports[parse](address, length);
  exports.opa_free(address);
  return value;
}

/** What a call of a built-in costs beside its texts. A step is some 5 ns. */
const callSteps = 800;

/** Takes steps from those that are left, as the module itself does. @throws WebAssembly.RuntimeError below zero */
function spend({ exports }: Running, steps: number): void {
  const left = exports[meterExports.steps];
  left.value = Math.max(-1, left.value - Math.ceil(steps));
  if (left.value < 0) throw new webAssembly.RuntimeError('unreachable');
}

/** What a fresh instance needs to go on where another stood once its data was loaded. */
export interface Loaded extends Pick<Instance, 'data' | 'heap' | 'stack'> {
  /** Its memory up to the heap. */
  readonly image: Buffer;
}

/** To be taken before the first evaluation. */
export function loadedOf({ bytes, data, heap, stack }: Instance): Loaded {
  return { image: Buffer.from(bytes().subarray(0, heap)), data, heap, stack };
}

/**
 * Starts a module, metered by `meter`, with its data: JSON text, or as it was loaded before, which is far quicker.
 * @throws CountersignError `policy_invalid` for an ABI that is unknown, and for a missing built-in, by name
 */
export function start(module: Module, from: string | Loaded): Instance {
  const memory = new webAssembly.Memory({ initial: initialPages, maximum: maximumPages });
  const bytes = bytesOf(memory);
  const made: Instance['made'] = new Map();
  let calls: readonly Builtin[] = [];

  function once<Value>(key: string, make: () => Value): Value {
    if (!made.has(key)) made.set(key, make());
    return made.get(key) as Value;
  }

  const call = (id: number, _context: number, ...values: number[]): number => {
    const texts = values.map((value) => dump(running, value));
    spend(
      running,
      texts.reduce((sum, { length }) => sum + length, callSteps),
    );
    const context: Context = {
      get now() {
        return once('now', () => BigInt(Date.now()) * 1_000_000n);
      },
      rego(argument) {
        const address = exports.opa_value_dump(values[argument] ?? 0);
        return text(bytes(), address);
      },
      once,
      charge: (steps) => spend(running, steps),
    };
    const result = attempt(() => calls[id]?.(texts.map(parseJson), context));
    if (result === undefined) return 0;
    const notation = regoOf(result);
    return notation === null ? load(running, opaText(result as Json)) : load(running, notation, 'opa_value_parse');
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
      throw new webAssembly.RuntimeError(text(bytes(), address));
    },
  };
  const exports = new webAssembly.Instance(module, { env: imports }).exports as unknown as Exports;
  const running: Running = { memory, bytes, exports };
  requireAbi(exports);
  exports[meterExports.steps].value = unlimitedSteps;
  calls = resolve(JSON.parse(dump(running, exports.builtins())) as Record<string, number>);
  if (typeof from !== 'string') {
    reserve(memory, from.image.length);
    from.image.copy(bytes());
    exports[meterExports.stackPointer].value = from.stack;
    const { data, heap, stack } = from;
    return { ...running, data, heap, stack, made };
  }
  const data = load(running, from);
  const stack = exports[meterExports.stackPointer].value;
  return { ...running, data, heap: align(exports.opa_heap_ptr_get()), stack, made };
}

/** A built-in that fails yields undefined, as in OPA without strict errors; the module's own faults go on up. */
function attempt<Result>(work: () => Result | undefined): Result | undefined {
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
