import type { Json } from '../../request.ts';

/** What a built-in may ask of its evaluation. */
export interface Context {
  /** Nanoseconds since 1970: the same during one evaluation, as OPA has it. */
  readonly now: bigint;
  /** The argument in Rego's own notation, where sets differ from arrays. */
  rego(argument: number): string;
  /**
   * Pays for work that is more than linear in the arguments, before it is done. A step is some 5 ns.
   * @throws WebAssembly.RuntimeError when the evaluation has no steps left
   */
  charge(steps: number): void;
}

/** A built-in: undefined, or anything thrown, is Rego's undefined. */
export type Builtin = (args: readonly Json[], context: Context) => Json | undefined;

/** The argument as a string. @throws TypeError, which makes the call undefined, as OPA's operand errors do */
export function stringOperand(value: Json | undefined): string {
  if (typeof value !== 'string') throw new TypeError('expected a string');
  return value;
}

/** The argument as strings: an array or set of them. @throws TypeError */
export function stringsOperand(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('expected an array or set of strings');
  return value.map(stringOperand);
}
