import type { Json } from '../../request.ts';

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
