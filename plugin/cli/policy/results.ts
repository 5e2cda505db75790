import { closest } from 'fastest-levenshtein';
import { CountersignError } from '../../errors.ts';
import { parseHold } from '../../hold/spec.ts';
import { compilePlan } from '../../mask/compile.ts';
import { parsePlan } from '../../mask/plan.ts';
import { responseMembers } from '../../policy/respond.ts';
import { members } from '../../policy/result.ts';
import { parseRecord } from '../../record/spec.ts';
import type { Json } from '../../request.ts';
import { callOf, constantOf, type Module, membersOf, pathOf, type Rule, type Term } from './ast.ts';
import type { Finding } from './finding.ts';

/** What the members that `policy/` leaves unread must be: each by its own room. */
const obligations: Readonly<Record<string, (value: Json) => unknown>> = {
  hold: parseHold,
  mask: (value) => compilePlan(parsePlan(value)),
  record: (value) => parseRecord(value),
};

/** By member: throws CountersignError where a value can't be kept. */
type Readers = Readonly<Record<string, (path: string, value: Json) => unknown>>;

/**
 * What the rule at `path` (`envoy/authz/allow`) can answer, as far as the text says it: members that are unknown, of a
 * wrong type, or that their rooms can't read. Rules and functions of the same package that it answers with are followed.
 */
export function resultFindings(modules: readonly Module[], path: string): readonly Finding[] {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const wanted = ['data', ...parts].join('.');
  const own = modules.filter((module) => pathOf(module.package.path) === wanted);
  const readers: Readers = path === 'envoy/authz/response' ? responseMembers : members;
  const rules = own.flatMap(({ rules = [] }) => rules);
  const findings: Finding[] = [];
  const seen = new Set<string>();

  /** `depth`: how many keys select the answer out of the rule's value, as in `answers[kind]`. */
  function follow({ rule, depth }: Answer): void {
    if (seen.has(`${rule} ${depth}`)) return;
    seen.add(`${rule} ${depth}`);
    for (const { head } of rules.filter((one) => nameOf(one.head) === rule).flatMap((one) => [...chain(one)]))
      if (head.value !== undefined) judgeWithin(head.value, depth - ((head.ref?.length ?? 1) - 1));
  }

  function judgeWithin(term: Term, depth: number): void {
    if (depth === 0) judge(term);
    else if (depth > 0) for (const [, value] of membersOf(term)) judgeWithin(value, depth - 1);
  }

  function judge(term: Term): void {
    const next = answersWith(term);
    if (next !== null) follow(next);
    else if (term.type === 'object') judgeObject(term);
    else if (['string', 'number', 'null', 'array', 'set'].includes(term.type))
      findings.push(at(term, `the result must be a boolean or an object, this is ${term.type}`));
  }

  function judgeObject(term: Term): void {
    const there = new Map<string, Term>();
    let open = false;
    for (const [key, value] of membersOf(term)) {
      if (key.type !== 'string') {
        open = true;
        continue;
      }
      const member = String(key.value);
      there.set(member, value);
      if (!Object.hasOwn(readers, member)) {
        // Perhaps it was to be the one that is missing.
        open = true;
        findings.push(at(key, unknown(member, readers)));
      } else findings.push(...judgeMember(member, value));
    }
    if (!there.has('allowed') && !open) findings.push(at(term, 'the result has no "allowed": it would be a denial'));
    const allowed = there.get('allowed');
    const hold = there.get('hold');
    if (allowed?.value === true && hold !== undefined && hold.type !== 'null')
      findings.push(at(hold, 'a hold stands only beside "allowed": false, so that the policy denies under plain OPA'));
  }

  function judgeMember(member: string, term: Term): readonly Finding[] {
    const value = constantOf(term, constant);
    if (value === undefined) {
      // A list that is partly computed: what stands there in full is looked at, each by itself.
      const items = member === 'mask' && term.type === 'array' ? (term.value as readonly Term[]) : [];
      return items.flatMap((one) => {
        const item = constantOf(one, constant);
        return item === undefined ? [] : wrongIn(member, one, [item]);
      });
    }
    return wrongIn(member, term, value);
  }

  function wrongIn(member: string, term: Term, value: Json): readonly Finding[] {
    try {
      readers[member]?.(`$.${member}`, value);
      obligations[member]?.(value);
      return [];
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      return [at(term, error.message)];
    }
  }

  /** The value of a rule that has one definition without a condition. */
  function constant(variable: string): Term | undefined {
    const definitions = rules.filter(({ head }) => nameOf(head) === variable);
    const [only] = definitions;
    if (definitions.length !== 1 || only === undefined || only.head.args !== undefined || !unconditional(only)) return;
    return only.head.value;
  }

  follow({ rule: name, depth: 0 });
  return findings;
}

interface Answer {
  readonly rule: string;
  readonly depth: number;
}

/** The rule or function whose value a term stands for. */
function answersWith(term: Term): Answer | null {
  if (term.type === 'var') return { rule: String(term.value), depth: 0 };
  const call = callOf(term);
  if (call !== null) return { rule: call.name, depth: 0 };
  const [first, ...keys] = term.type === 'ref' ? (term.value as readonly Term[]) : [];
  return first?.type === 'var' ? { rule: String(first.value), depth: keys.length } : null;
}

function* chain(rule: Rule): Generator<Rule> {
  for (let one: Rule | undefined = rule; one !== undefined; one = one.else) yield one;
}

function nameOf({ name, ref }: Rule['head']): string {
  return name ?? String(ref?.[0]?.value ?? '');
}

/** OPA gives a rule without a body the body `true`. */
function unconditional({ body = [] }: Rule): boolean {
  const [only] = body as readonly { readonly terms?: unknown }[];
  const terms = only?.terms as Partial<Term> | undefined;
  return body.length === 0 || (body.length === 1 && terms?.type === 'boolean' && terms.value === true);
}

function unknown(member: string, readers: Readers): string {
  const known = Object.keys(readers);
  return `"${member}" is no member of a result: did you mean "${closest(member, known)}"? (known: ${known.join(', ')})`;
}

function at({ location }: Term, message: string): Finding {
  return {
    file: location?.file ?? '',
    line: location?.row ?? 1,
    column: location?.col ?? 1,
    check: 'result',
    message,
  };
}
