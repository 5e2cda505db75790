import type { Json, JsonObject } from '../../request.ts';
import { jsonBody, plainJson, type Seen } from '../seen.ts';
import { patchContent } from './patch.ts';
import { isObject, podFacts } from './pod.ts';

/** The three kinds of patches, and server-side apply, whose YAML kubectl sends as JSON. */
const patchTypes: ReadonlySet<string> = new Set([
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]);

/** Subresources whose body goes to somebody else than the API server. */
const foreign: ReadonlySet<string> = new Set(['proxy', 'exec', 'attach', 'portforward']);

const readingVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'proxy']);

/** Statements about the objects in a body, or why nobody can be sure of them. */
export type Content = JsonObject | { readonly reason: string };

/**
 * What the body of a write says: `object` (`api_version`, `kind`, `name`, `namespace`), `pod` (see `podFacts`), and of
 * RBAC `role` (`rules`: verbs, groups, resources of each) and `binding` (`role`, `subjects`). Empty without a body.
 */
export function contentOf(request: Seen, verb: string, subresource: string): Content {
  if (foreign.has(subresource) || request.body?.length === 0) return {};
  // The API server reads no body of these.
  if (readingVerbs.has(verb)) return {};
  const read = jsonBody(request, verb === 'patch' ? patchTypes : plainJson);
  if ('reason' in read) return read;
  const content = Array.isArray(read.value) ? patchContent(read.value) : read.value;
  if (content === null) return { reason: 'the patch copies or moves, or is none' };
  const pod = podFacts(content);
  if (pod === null) return { reason: 'the body names too much' };
  const object = objectOf(content);
  return { ...(object === null ? {} : { object }), pod, ...access(content) };
}

function objectOf(content: Json): JsonObject | null {
  if (!isObject(content)) return null;
  const { apiVersion, kind, metadata } = content;
  const { name, namespace } = isObject(metadata) ? metadata : {};
  return { api_version: text(apiVersion), kind: text(kind), name: text(name), namespace: text(namespace) };
}

/** What a body grants: rules of a role, and who is bound to which role. */
function access(content: Json): JsonObject {
  const parts = Array.isArray(content)
    ? (content as readonly Json[]).filter(isObject)
    : isObject(content)
      ? [content]
      : [];
  const rules = parts.flatMap((part) => list(part.rules).filter(isObject));
  const bound = parts.find(({ roleRef, subjects }) => isObject(roleRef) || Array.isArray(subjects));
  return {
    ...(rules.length === 0 ? {} : { role: { rules: rules.map(ruleOf) } }),
    ...(bound === undefined ? {} : { binding: bindingOf(bound) }),
  };
}

function ruleOf({ verbs, apiGroups, resources }: JsonObject): JsonObject {
  return { verbs: texts(verbs), groups: texts(apiGroups), resources: texts(resources) };
}

function bindingOf({ roleRef, subjects }: JsonObject): JsonObject {
  const role = isObject(roleRef) ? roleRef : {};
  return {
    role: { kind: text(role.kind), name: text(role.name) },
    subjects: list(subjects)
      .filter(isObject)
      .map(({ kind, name, namespace }) => ({ kind: text(kind), name: text(name), namespace: text(namespace) })),
  };
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: Json | undefined): readonly string[] {
  return list(value).filter((item) => typeof item === 'string');
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
