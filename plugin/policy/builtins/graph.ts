import { type Builtin, type Context, rego } from './operand.ts';
import { arrayTerm, readTerm, setTerm, type Term } from './term.ts';

type Graph = ReadonlyMap<string, readonly Term[]>;

function neighbours(term: Term): readonly Term[] {
  return term.kind === 'array' || term.kind === 'set' ? term.items : [];
}

/** Every path from `node` that ends at a leaf, before a node that is not there, or before one that is on it already. */
function* walk(graph: Graph, node: Term, path: readonly Term[], charge: Context['charge']): Generator<Term> {
  charge(100 + path.length * 20);
  const next = graph.get(node.text);
  const on = next === undefined ? path : [...path, node];
  if (next === undefined || next.length === 0) return yield arrayTerm(on);
  for (const neighbour of next)
    if (on.some(({ text }) => text === neighbour.text)) yield arrayTerm(on);
    else yield* walk(graph, neighbour, on, charge);
}

const reachablePaths: Builtin = (_, context) => {
  const [object, initial] = [readTerm(context.rego(0)), readTerm(context.rego(1))];
  if (object.kind !== 'object') throw new TypeError('expected an object');
  if (initial.kind !== 'array' && initial.kind !== 'set') throw new TypeError('expected an array or set');
  const graph: Graph = new Map(object.members.map(([key, value]) => [key.text, neighbours(value)]));
  const paths = initial.items.flatMap((node) => {
    const next = graph.get(node.text);
    if (next === undefined) return [];
    if (next.length === 0) return [arrayTerm([node])];
    return next.flatMap((one) => [...walk(graph, one, [node], context.charge)]);
  });
  return rego(setTerm(paths).text);
};

/** `graph.reachable_paths`. */
export const graph = { 'graph.reachable_paths': reachablePaths } satisfies Record<string, Builtin>;
