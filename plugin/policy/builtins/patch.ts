import { type Builtin, rego } from './operand.ts';
import { arrayTerm, objectTerm, readTerm, setTerm, stringTerm, type Term } from './term.ts';

type Path = readonly Term[];

/** `/a/b~1c`, with or without the first `/`, or an array of keys. */
function readPath(term: Term | undefined): Path {
  if (term?.kind === 'array') return term.items;
  if (term?.kind !== 'string') throw new TypeError('expected a path');
  if (term.value === '') return [];
  const unescaped = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');
  return term.value
    .replace(/^\/+/, '')
    .split('/')
    .map((part) => stringTerm(unescaped(part)));
}

/** Index into an array: a number, its digits, or `-` for the end. @throws RangeError beyond `last` */
function indexOf(key: Term, length: number, last: number): number {
  const digits = key.kind === 'string' ? key.value : key.text;
  const index = digits === '-' ? length : /^(0|[1-9][0-9]*)$/.test(digits) ? Number(digits) : -1;
  if (index < 0 || index > last) throw new RangeError('no such element');
  return index;
}

/** What stands at a key. @throws RangeError when nothing does */
function child(whole: Term, key: Term): Term {
  const found =
    whole.kind === 'object'
      ? whole.members.find(([name]) => name.text === key.text)?.[1]
      : whole.kind === 'array'
        ? whole.items[indexOf(key, whole.items.length, whole.items.length - 1)]
        : whole.kind === 'set'
          ? whole.items.find(({ text }) => text === key.text)
          : undefined;
  if (found === undefined) throw new RangeError('the path does not exist');
  return found;
}

/** The whole with another child at a key. */
function withChild(whole: Term, key: Term, value: Term): Term {
  if (whole.kind === 'object') return objectTerm([...whole.members, [key, value]]);
  if (whole.kind === 'array')
    return arrayTerm(whole.items.with(indexOf(key, whole.items.length, whole.items.length - 1), value));
  if (whole.kind === 'set') return setTerm([...whole.items.filter(({ text }) => text !== key.text), value]);
  throw new TypeError('expected an object, array or set');
}

function inserted(whole: Term, key: Term, value: Term): Term {
  if (whole.kind === 'set' && key.text !== value.text) throw new TypeError('a member of a set is its own key');
  if (whole.kind !== 'array') return withChild(whole, key, value);
  return arrayTerm(whole.items.toSpliced(indexOf(key, whole.items.length, whole.items.length), 0, value));
}

function removed(whole: Term, key: Term): Term {
  child(whole, key);
  if (whole.kind === 'object') return objectTerm(whole.members.filter(([name]) => name.text !== key.text));
  if (whole.kind === 'set') return setTerm(whole.items.filter(({ text }) => text !== key.text));
  if (whole.kind !== 'array') throw new TypeError('expected an object, array or set');
  return arrayTerm(whole.items.toSpliced(indexOf(key, whole.items.length, whole.items.length - 1), 1));
}

/** The whole with what `edit` makes of the parent of the path's last key. */
function at(whole: Term, path: Path, edit: (parent: Term, key: Term) => Term): Term {
  const [key, ...rest] = path;
  if (key === undefined) throw new RangeError('expected a path within the document');
  if (rest.length === 0) return edit(whole, key);
  return withChild(whole, key, at(child(whole, key), rest, edit));
}

const get = (whole: Term, path: Path): Term => path.reduce(child, whole);
const remove = (whole: Term, path: Path): Term => at(whole, path, removed);
const add = (whole: Term, path: Path, value: Term): Term =>
  path.length === 0 ? value : at(whole, path, (parent, key) => inserted(parent, key, value));

type Member = (name: string) => Term;
type Operation = (whole: Term, path: Path, member: Member) => Term;

/** RFC 6902 section 4. */
const operations = new Map<string, Operation>([
  ['add', (whole, path, member) => add(whole, path, member('value'))],
  ['remove', (whole, path) => remove(whole, path)],
  [
    'replace',
    (whole, path, member) => {
      const value = member('value');
      return path.length === 0 ? value : add(remove(whole, path), path, value);
    },
  ],
  [
    'move',
    (whole, path, member) => {
      const from = readPath(member('from'));
      const moved = get(whole, from);
      return path.length === 0 ? moved : add(from.length === 0 ? whole : remove(whole, from), path, moved);
    },
  ],
  ['copy', (whole, path, member) => add(whole, path, get(whole, readPath(member('from'))))],
  [
    'test',
    (whole, path, member) => {
      if (get(whole, path).text !== member('value').text) throw new TypeError('the test fails');
      return whole;
    },
  ],
]);

function apply(whole: Term, operation: Term): Term {
  if (operation.kind !== 'object') throw new TypeError('expected an operation');
  const member = (name: string): Term => child(operation, stringTerm(name));
  const op = member('op');
  const known = op.kind === 'string' ? operations.get(op.value) : undefined;
  if (known === undefined) throw new TypeError('expected one of the six operations');
  return known(whole, readPath(member('path')), member);
}

/** `json.patch`: RFC 6902, with sets and keys of any type. */
export const patch = {
  'json.patch'(_, context) {
    const [document, list] = [context.rego(0), readTerm(context.rego(1))];
    if (list.kind !== 'array') throw new TypeError('expected an array of operations');
    // Each operation writes its ancestors anew.
    context.charge(document.length * list.items.length);
    return rego(list.items.reduce(apply, readTerm(document)).text);
  },
} satisfies Record<string, Builtin>;
