import { callOf, isTerm, type Module, nodesOf, pathOf, type Rule, type Term } from './ast.ts';
import type { Finding } from './finding.ts';

/**
 * Sets and objects iterate in hash order in the module and in sorted order in `opa eval`: text and lists that are made of
 * them differ, and no host can mend it. What is found here can be seen in the source; a value whose type only the input
 * knows is not.
 */
type Unordered = 'set' | 'object';

/** What built-ins return, where that has no order; the operators of sets by their names in the tree. */
const returns: Readonly<Record<string, Unordered>> = {
  'object.keys': 'set',
  union: 'set',
  intersection: 'set',
  set_diff: 'set',
  or: 'set',
  and: 'set',
  'graph.reachable': 'set',
  'graph.reachable_paths': 'set',
  'net.cidr_expand': 'set',
  'net.cidr_merge': 'set',
  'regex.globs_match': 'set',
  'object.union': 'object',
  'object.union_n': 'object',
  'object.remove': 'object',
  'object.filter': 'object',
  'json.filter': 'object',
  'json.remove': 'object',
  'json.patch': 'object',
  'urlquery.decode_object': 'object',
};

/** Calls whose answer does not depend on the order of what they get. */
const indifferent: ReadonlySet<string> = new Set(['sort', 'count', 'sum', 'max', 'min', 'any', 'all', 'product']);

/** Objects of the input: whoever iterates over one of these sees its members in no order. */
const inputObjects: readonly RegExp[] = [
  /^input\.attributes\.request\.http\.headers$/,
  /^input\.attributes\.contextExtensions$/,
  /^input\.parsed_query$/,
  /^input\.principal\.claims$/,
  /^input\.response\.headers$/,
];

/** Every expression of these modules whose value depends on an order that the module does not keep. */
export function orderFindings(modules: readonly Module[]): readonly Finding[] {
  const rules = new Map<string, Unordered>();
  // Twice: a rule may be made of one that stands below it.
  for (let pass = 0; pass < 2; pass++)
    for (const module of modules)
      for (const rule of module.rules ?? []) {
        const kind = kindOfRule(rule, typesIn(module, rule, rules));
        if (kind !== undefined) rules.set(`${pathOf(module.package.path)}.${nameOf(rule)}`, kind);
      }
  return modules.flatMap((module) =>
    (module.rules ?? []).flatMap((rule) => inRule(rule, typesIn(module, rule, rules))),
  );
}

function nameOf({ head }: Rule): string {
  return head.name ?? String(head.ref?.[0]?.value ?? '');
}

type TypeOf = (term: Term) => Unordered | undefined;

function kindOfRule({ head }: Rule, typeOf: TypeOf): Unordered | undefined {
  if ((head.ref?.length ?? 1) > 1) return 'object';
  if (head.key !== undefined) return head.value === undefined ? 'set' : 'object';
  return head.value === undefined ? undefined : typeOf(head.value);
}

/** What is known of terms within one rule: by their form, by what was assigned, by the rules that they name. */
function typesIn(module: Module, rule: Rule, rules: ReadonlyMap<string, Unordered>): TypeOf {
  const own = pathOf(module.package.path);
  const aliases = new Map(
    (module.imports ?? []).map(({ path, alias }) => {
      const terms = path.value as readonly Term[];
      return [alias ?? String(terms.at(-1)?.value), pathOf(terms)] as const;
    }),
  );
  const locals = new Map<string, Term>();
  for (const [node] of nodesOf(rule)) {
    const assigned = assignmentIn(node);
    if (assigned !== null) locals.set(assigned.name, assigned.value);
  }

  function typeOf(term: Term, depth = 0): Unordered | undefined {
    if (depth > 8) return undefined;
    if (term.type === 'set' || term.type === 'setcomprehension') return 'set';
    if (term.type === 'object' || term.type === 'objectcomprehension') return 'object';
    const call = callOf(term);
    if (call !== null) {
      if (call.name === 'minus') return call.args.some((one) => typeOf(one, depth + 1) === 'set') ? 'set' : undefined;
      return Object.hasOwn(returns, call.name) ? returns[call.name] : named(call.name);
    }
    if (term.type === 'var') {
      const local = locals.get(String(term.value));
      return local === undefined ? named(String(term.value)) : typeOf(local, depth + 1);
    }
    if (term.type === 'ref') {
      const path = pathOf(term.value as readonly Term[]);
      return inputObjects.some((one) => one.test(path)) ? 'object' : named(path);
    }
    return undefined;
  }

  function named(path: string): Unordered | undefined {
    const [first = '', ...rest] = path.split('.');
    const absolute = first === 'data' ? path : [aliases.get(first) ?? `${own}.${first}`, ...rest].join('.');
    return rules.get(absolute);
  }

  return (term) => typeOf(term);
}

function assignmentIn(node: object): { readonly name: string; readonly value: Term } | null {
  const call = callOf('terms' in node ? node.terms : node);
  const [target, value] = call?.args ?? [];
  if (call?.name !== 'assign' && call?.name !== 'eq') return null;
  return target?.type === 'var' && value !== undefined ? { name: String(target.value), value } : null;
}

function inRule(rule: Rule, typeOf: TypeOf): readonly Finding[] {
  const findings: Finding[] = [];
  const sorted = sortedVariables(rule);
  for (const [node, within] of nodesOf(rule)) {
    const call = callOf(node);
    const first = call?.args[0];
    const second = call?.args[1];
    if (call?.name === 'concat' && second && typeOf(second) === 'set')
      findings.push(at(second, 'concat() of a set: the order of its parts differs; use concat(delimiter, sort(set))'));
    else if (
      call?.name === 'json.marshal' &&
      first &&
      typeOf(first) !== undefined &&
      !(isTerm(first) && isSmall(first))
    )
      findings.push(
        at(
          first,
          `json.marshal() of a ${typeOf(first)}: the order of its members in the text differs; marshal a sorted array of pairs`,
        ),
      );
    else if (call?.name === 'sprintf' && second?.type === 'array') {
      const odd = (second.value as readonly Term[]).find((one) => typeOf(one) !== undefined && !isSmall(one));
      if (odd) findings.push(at(odd, `sprintf() of a ${typeOf(odd)}: the order in the text differs; use sort(...)`));
    } else if (isTerm(node) && node.type === 'arraycomprehension' && !isSorted(node, within, sorted)) {
      const over = iterated(node, typeOf);
      if (over !== null)
        findings.push(at(node, `an array made of a ${over}: the order of its elements differs; wrap it in sort(...)`));
    }
  }
  return findings;
}

/** One member has no order. */
function isSmall({ type, value }: Term): boolean {
  return (type === 'set' || type === 'object') && (value as readonly unknown[]).length < 2;
}

/** Variables that stand, after their assignment, only where no order is seen. */
function sortedVariables(rule: Rule): ReadonlySet<string> {
  const uses = new Map<string, boolean>();
  for (const [node, within] of nodesOf(rule)) {
    if (!isTerm(node) || node.type !== 'var') continue;
    const name = String(node.value);
    const parent = within.findLast((one) => callOf(one) !== null || 'terms' in one);
    if (parent !== undefined && assignmentIn(parent)?.name === name) continue;
    const call = callOf(parent) ?? callOf((parent as { terms?: unknown } | undefined)?.terms);
    const blind =
      call !== null && (indifferent.has(call.name) || call.name === 'internal.member_2') && call.args.includes(node);
    uses.set(name, (uses.get(name) ?? true) && blind);
  }
  return new Set([...uses].filter(([, blind]) => blind).map(([name]) => name));
}

/** Directly within a call that does not look at the order, or assigned to a variable that only such calls get. */
function isSorted(node: Term, within: readonly object[], sorted: ReadonlySet<string>): boolean {
  for (const outer of within.slice(-3)) {
    const call = callOf('terms' in outer ? outer.terms : outer);
    if (call === null || !call.args.includes(node)) continue;
    if (indifferent.has(call.name)) return true;
    const [target] = call.args;
    if ((call.name === 'assign' || call.name === 'eq') && target?.type === 'var')
      return sorted.has(String(target.value));
  }
  return false;
}

/** The type of what a comprehension's body goes through, where it has no order. */
function iterated(comprehension: Term, typeOf: TypeOf): Unordered | null {
  const { body } = comprehension.value as { readonly body: readonly unknown[] };
  const bound = new Set<string>();
  for (const [node] of nodesOf(body)) {
    const assigned = assignmentIn(node);
    if (assigned !== null) bound.add(assigned.name);
    const [some] = 'symbols' in node && Array.isArray(node.symbols) ? (node.symbols as readonly unknown[]) : [];
    for (const { value } of callOf(some)?.args.slice(0, -1) ?? []) bound.add(String(value));
  }
  for (const expression of body as readonly { readonly terms: unknown }[]) {
    const { terms } = expression;
    const symbols = (terms as { readonly symbols?: readonly Term[] }).symbols;
    const member = callOf(symbols?.[0]);
    const source = member?.args.at(-1);
    if (member?.name.startsWith('internal.member_') && source !== undefined) {
      const type = typeOf(source);
      if (type !== undefined) return type;
    }
    for (const [node] of nodesOf(expression)) {
      if (!isTerm(node) || node.type !== 'ref') continue;
      const parts = node.value as readonly Term[];
      const at = parts.findIndex(({ type, value }, i) => i > 0 && type === 'var' && !bound.has(String(value)));
      if (at < 1) continue;
      const type = typeOf(at === 1 ? (parts[0] as Term) : { type: 'ref', value: parts.slice(0, at) });
      if (type !== undefined) return type;
    }
  }
  return null;
}

function at({ location }: Term, message: string): Finding {
  return { file: location?.file ?? '', line: location?.row ?? 1, column: location?.col ?? 1, check: 'order', message };
}
