/**
 * A value in Rego's notation (`{1, 2}` is a set, `set()` the empty one), which tells sets from arrays where JSON does
 * not. `text` is the value as native OPA prints it, sets and objects sorted: equal values have equal texts.
 */
export type Term =
  | { readonly kind: 'string'; readonly value: string; readonly text: string }
  | { readonly kind: 'number' | 'boolean' | 'null'; readonly text: string }
  | { readonly kind: 'array' | 'set'; readonly items: readonly Term[]; readonly text: string }
  | { readonly kind: 'object'; readonly members: readonly (readonly [Term, Term])[]; readonly text: string };

/** OPA's order between types (`ast.Compare`). */
const order = ['null', 'boolean', 'number', 'string', 'array', 'object', 'set'];

function compare(a: Term, b: Term): number {
  if (a.kind !== b.kind) return order.indexOf(a.kind) - order.indexOf(b.kind);
  if (a.kind === 'number') return Number(a.text) - Number(b.text);
  return Buffer.compare(Buffer.from(a.text), Buffer.from(b.text));
}

function listed(items: readonly Term[]): string {
  return items.map(({ text }) => text).join(', ');
}

/** An array of terms. */
export function arrayTerm(items: readonly Term[]): Term {
  return { kind: 'array', items, text: `[${listed(items)}]` };
}

/** A set of terms, each once. */
export function setTerm(items: readonly Term[]): Term {
  const sorted = [...new Map(items.map((item) => [item.text, item])).values()].sort(compare);
  return { kind: 'set', items: sorted, text: sorted.length === 0 ? 'set()' : `{${listed(sorted)}}` };
}

/** An object; of equal keys the last one stays. */
export function objectTerm(entries: readonly (readonly [Term, Term])[]): Term {
  const members = [...new Map(entries.map((entry) => [entry[0].text, entry])).values()].sort(([a], [b]) =>
    compare(a, b),
  );
  return { kind: 'object', members, text: `{${members.map(([k, v]) => `${k.text}: ${v.text}`).join(', ')}}` };
}

/** A string. */
export function stringTerm(value: string): Term {
  return { kind: 'string', value, text: JSON.stringify(value) };
}

const scalar = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null/y;

/** Reads what the module's `opa_value_dump` writes. @throws TypeError on anything else */
export function readTerm(source: string): Term {
  let at = 0;

  function taken(token: string): boolean {
    while (source[at] === ' ') at++;
    if (!source.startsWith(token, at)) return false;
    at += token.length;
    return true;
  }

  function list<Item>(close: string, read: () => Item): Item[] {
    const items: Item[] = [];
    while (!taken(close)) {
      if (items.length > 0 && !taken(',')) throw new TypeError('not a Rego value');
      items.push(read());
    }
    return items;
  }

  function braced(): Term {
    const entries = list('}', () => {
      const key = term();
      return [key, taken(':') ? term() : null] as const;
    });
    const members = entries.filter((entry): entry is [Term, Term] => entry[1] !== null);
    if (entries.length > 0 && members.length === 0) return setTerm(entries.map(([item]) => item));
    return objectTerm(members);
  }

  function term(): Term {
    if (taken('set()')) return setTerm([]);
    if (taken('[')) return arrayTerm(list(']', term));
    if (taken('{')) return braced();
    scalar.lastIndex = at;
    const text = scalar.exec(source)?.[0];
    if (text === undefined) throw new TypeError('not a Rego value');
    at += text.length;
    if (text.startsWith('"')) return { kind: 'string', value: JSON.parse(text) as string, text };
    if (text === 'null') return { kind: 'null', text };
    return { kind: text === 'true' || text === 'false' ? 'boolean' : 'number', text };
  }

  return term();
}
