import { isDeepStrictEqual } from 'node:util';
import { CountersignError } from '../../plugin/errors.ts';
import { integerOf, isRawNumber, opaText, parseJson } from '../../plugin/policy/json.ts';
import { openEngine } from '../../plugin/policy/wasm.ts';
import type { Json } from '../../plugin/request.ts';
import type { Compiled } from './compiled.ts';

/** Sets come as arrays in hash order, and what is made of them. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(unordered);
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  // Only integers are compared beyond what a double holds: 1.5e+09 is 1500000000.
  if (isRawNumber(value as Json)) return integerOf(value as Json) === undefined ? Number(JSON.stringify(value)) : value;
  const entries = Object.entries(value).map(([key, one]) => [key, unordered(one)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Variables that the compiler made are no bindings that a case names. */
function named(bindings: Json): Json {
  const entries = Object.entries(bindings as Readonly<Record<string, Json>>);
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith('__localq') && !name.includes('$')));
}

/** What the module answers; null when it is cut off by an error of the policy's. */
function answerOf({ wasm, input, one }: Compiled): readonly Json[] | null {
  const engine = openEngine(wasm, opaText(one.data ?? {}));
  try {
    return parseJson(engine.evaluate(0, input)) as readonly Json[];
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'policy_error') return null;
    throw error;
  }
}

/** Null when the case passes, else why it does not. */
export function judge(compiled: Compiled): string | null {
  const { one, error } = compiled;
  const fails = one.want_error !== undefined || one.want_error_code !== undefined;
  if (error !== null) return fails ? null : `opa does not compile it: ${error}`;
  try {
    const answer = answerOf(compiled);
    if (answer === null) return fails ? null : 'the evaluation is cut off';
    // Without strict errors a built-in's error is undefined, which a policy may go on from.
    if (fails) return answer.length === 0 || one.strict_error ? null : 'an error is expected';
    if (one.want_defined !== undefined)
      return answer.length > 0 === one.want_defined ? null : `it is ${answer.length > 0 ? '' : 'un'}defined`;
    const got = answer.map(named);
    return isDeepStrictEqual(unordered(got), unordered(one.want_result ?? []))
      ? null
      : `got ${JSON.stringify(got).slice(0, 200)}`;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const missing = /not available here: ([^;]+);/.exec(message)?.[1];
    return missing === undefined ? message.slice(0, 200) : `no built-in ${missing}`;
  }
}
