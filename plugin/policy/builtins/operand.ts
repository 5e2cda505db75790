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
  /** Makes a value, once per evaluation and key: Rego's expressions have one value however often they are asked. */
  once<Value extends Json>(key: string, make: () => Value): Value;
}

/** A result that JSON can not say, in Rego's notation: with sets in it, or keys that are no strings. */
export interface RegoText {
  readonly [regoText]: string;
}

const regoText: unique symbol = Symbol('rego');

/** A result in Rego's notation, such as a term's `text`. */
export function rego(text: string): RegoText {
  return { [regoText]: text };
}

/** The text of such a result; null when it is plain JSON. */
export function regoOf(result: Json | RegoText): string | null {
  return typeof result === 'object' && result !== null && regoText in result ? (result as RegoText)[regoText] : null;
}

/** A set of strings. */
export function stringSet(members: Iterable<string>): RegoText {
  const texts = [...new Set(members)].map((member) => JSON.stringify(member));
  return rego(texts.length === 0 ? 'set()' : `{${texts.join(',')}}`);
}

/** A built-in: undefined, or anything thrown, is Rego's undefined. */
export type Builtin = (args: readonly Json[], context: Context) => Json | RegoText | undefined;

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

/** The argument as an integer that a double holds. @throws TypeError */
export function integerOperand(value: Json | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new TypeError('expected an integer');
  return value;
}
