import type { Descriptors } from '../descriptors.ts';
import type { Json, JsonObject, Principal, Request } from '../request.ts';
import { parseBody } from './body.ts';
import { isObject } from './result.ts';
import { parseQuery, pathUnescape } from './url.ts';

/** What this service knows beside the request. */
interface Facts {
  readonly principal: Principal;
  /** The session's key and counters; null without one. */
  readonly session: Json;
  readonly commands: readonly JsonObject[];
  /** Who approved, when and why, while an approved hold is being consumed; null otherwise. */
  readonly approval: Json;
  /** By which gRPC bodies are read; null or left out where there are none. */
  readonly descriptors?: Descriptors | null;
}

/**
 * The input document: opa-envoy-plugin's (`envoyauth/request.go`), member for member, and ours beside it.
 *
 *     attributes, version, parsed_path, parsed_query, parsed_body, truncated_body, source_principal?
 *     principal, session, commands, approval?
 *
 * @throws CountersignError `policy_error` when path, query or body do not parse, so that nobody can say what they mean
 */
export function buildInput(request: Request, facts: Facts): JsonObject {
  const raw = textOf(request.path);
  const cut = raw.indexOf('?');
  const path = cut < 0 ? raw : raw.slice(0, cut);
  const { parsed, truncated } = parseBody(request, facts.descriptors);
  const source = sourcePrincipal(request.check);
  return {
    ...request.check,
    version: { ext_authz: 'v3', encoding: 'protojson' },
    // Percent-decoded first and split afterwards, as opa-envoy-plugin does it.
    parsed_path: pathUnescape(path).replace(/^\/+/, '').split('/'),
    parsed_query: parseQuery(cut < 0 ? '' : raw.slice(cut + 1)),
    parsed_body: parsed,
    truncated_body: truncated,
    ...(source === '' ? {} : { source_principal: source }),
    principal: describe(facts.principal),
    session: facts.session,
    commands: facts.commands,
    ...(facts.approval === null ? {} : { approval: facts.approval }),
  };
}

/** Paths come byte for byte; bytes beyond ASCII are UTF-8, as Go takes them. */
function textOf(path: string): string {
  return /[^\x00-\x7f]/.test(path) ? Buffer.from(path, 'latin1').toString('utf8') : path;
}

function sourcePrincipal(check: JsonObject): string {
  const { attributes } = check;
  const source: Json | undefined = isObject(attributes) ? attributes.source : undefined;
  return isObject(source) && typeof source.principal === 'string' ? source.principal : '';
}

function describe({ id, issuer, kind, groups, actors, method, claims }: Principal): JsonObject {
  return { id, issuer, kind, groups, actors: actors.map((actor) => ({ ...actor })), method, claims };
}
