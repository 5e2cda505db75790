/** Texts that are kept: most policies give few different results. */
const textsKept = 128;

/** A longer text than this (in UTF-16 units) says too much of one exchange to come again. */
const longest = 4_096;

/**
 * `read`, whose values are kept by their text: reading a result takes longer than comparing it. A value is shared by all
 * that ask, so it is frozen to its depth. It must depend on nothing but the text.
 */
export function remembered<Value>(read: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    if (text.length > longest) return value;
    // Whoever makes results differ empties it at most.
    if (known.size >= textsKept) known.clear();
    known.set(text, frozen(value));
    return value;
  };
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}
