import { CountersignError } from '../errors.ts';
import type { Json } from '../request.ts';
import { openAside } from './aside.ts';
import { type Bundle, loadBundle } from './bundle.ts';
import { type Decision, faultDecision, readDecision } from './decision.ts';
import { parseJson } from './json.ts';
import { inputWriter } from './reads.ts';
import { remembered } from './remember.ts';
import { faultResponse, type ResponseDecision, readResponse } from './respond.ts';
import { openShadow, type Shadow } from './shadow.ts';
import { type Engine, openEngine } from './wasm.ts';

/** The rule that is asked when the response's head is there, in bundles that have it as an entrypoint. */
const responsePath = 'envoy/authz/response';

/** Steps that an evaluation may take on the event loop: some 2 ms. A small policy takes 2 to 5 thousand. */
const promptSteps = 250_000;

/** A loaded bundle. */
export interface Policy {
  /** Hex SHA-256 over the bundle's files: names and bytes, whatever the archive around them. */
  readonly digest: string;
  /** The manifest's `revision`; the digest when it has none. */
  readonly revision: string;
  /** `metadata.serial` of the manifest, which grows from bundle to bundle; null without one. */
  readonly serial: number | null;
  /** Synchronous. A fault of the policy is a denial with its reason, never an exception. */
  decide(input: Json): Decision;
  /**
   * The same for the event loop's sake: what takes more than a few milliseconds goes on in a thread. Its promise never
   * rejects. Left out where nothing takes long. `exchange` is its id, for whoever follows decisions.
   */
  readonly decideAside?: (input: Json, exchange?: string) => Decision | Promise<Decision>;
  /** The same for the response phase; null when the bundle has no such entrypoint. */
  readonly respond: ((input: Json) => ResponseDecision) | null;
}

/** Where the policy comes from. */
interface PolicySource {
  /** A folder of Rego, a folder with `policy.wasm`, or a `bundle.tar.gz`. */
  readonly source: string;
  /** The rule that decides, as `envoy/authz/allow`. */
  readonly path: string;
  /** The `opa` that compiles a folder of Rego; by default `$OPA`, then the PATH. */
  readonly opa?: string;
  /** PEM keys one of which must have signed the bundle; left out where it need not be signed. */
  readonly keys?: readonly string[];
}

/**
 * Loads a policy and asks it once, so that what is broken shows at once.
 * @throws CountersignError `policy_missing` when there is nothing at `source`, `policy_invalid` when it can't serve,
 *   `tool_missing` when Rego is to be compiled and there is no `opa`
 */
export async function loadPolicy(options: PolicySource): Promise<Policy> {
  const bundle = await loadBundle(options);
  const engine = openEngine(bundle.wasm, bundle.data);
  const decision = entrypoint(engine, bundle, options.path);
  const response = engine.entrypoints.get(responsePath);
  const write = inputWriter(bundle.reads);
  const decided = remembered((text) => readDecision(resultIn(text)));
  const aside = openAside(bundle);
  const responded = remembered((text) => readResponse(resultIn(text)));
  return {
    digest: bundle.digest,
    serial: bundle.serial,
    revision: bundle.revision === '' ? bundle.digest : bundle.revision,
    decide: (input) => ask(() => decided(engine.evaluate(decision, write(input))), faultDecision),
    decideAside(input) {
      try {
        const text = write(input);
        const prompt = engine.attempt(decision, text, promptSteps);
        if (prompt !== null) return decided(prompt);
        return aside.evaluate(decision, text).then(decided).catch(faultDecision);
      } catch (error) {
        return faultDecision(error);
      }
    },
    respond:
      response === undefined
        ? null
        : (input) => ask(() => responded(engine.evaluate(response, write(input))), faultResponse),
  };
}

/**
 * Loads a policy that is only compared.
 * @throws CountersignError as `loadPolicy`
 */
export async function loadShadow(options: PolicySource): Promise<Shadow> {
  const bundle = await loadBundle(options);
  const read = (text: string) => readDecision(resultIn(text));
  const id = entrypoint(openEngine(bundle.wasm, bundle.data), bundle, options.path);
  return openShadow({ digest: bundle.digest, bundle, entrypoint: id, read });
}

function entrypoint(engine: Engine, bundle: Bundle, path: string): number {
  const id = engine.entrypoints.get(path);
  if (id !== undefined) return id;
  throw new CountersignError(
    'policy_invalid',
    `${bundle.source} has no entrypoint "${path}" (it has ${[...engine.entrypoints.keys()].join(', ')}): ` +
      `build it with "opa build -t wasm -e ${path}", or set policy.path to one that it has`,
  );
}

/** The result in the text of a result set; undefined when there is none. */
function resultIn(text: string): Json | undefined {
  const [answer] = parseJson(text) as readonly { readonly result: Json }[];
  return answer?.result;
}

function ask<Said>(evaluate: () => Said, fault: (error: unknown) => Said): Said {
  try {
    return evaluate();
  } catch (error) {
    return fault(error);
  }
}
