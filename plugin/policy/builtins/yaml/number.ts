/** What comes before a number's digits, which base they have, and the digits. */
const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** Integers that Go's decoder keeps; larger ones become floating-point numbers. */
const least = -(2n ** 63n);
const most = 2n ** 64n - 1n;

/**
 * The number that Go's YAML library sees in an unquoted text: YAML 1.2's, with underscores, with bases 2 and 16, and with
 * base 8 after a zero. Undefined where it is none.
 */
export function yamlNumber(source: string): bigint | number | undefined {
  if (!/^[-+.0-9]/.test(source)) return undefined;
  const text = source.replaceAll('_', '');
  const [whole, sign, hex, binary, octal, decimal] = integer.exec(text) ?? [];
  if (whole !== undefined) {
    const digits = hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : octal && `0o${octal}`;
    const value = BigInt(digits || decimal || 0) * (sign === '-' ? -1n : 1n);
    if (value >= least && value <= most) return value;
  }
  return float.test(text) ? Number(text) : undefined;
}
