/** What a path says to the Kubernetes API server; `verb` is the API's (https://kubernetes.io/docs/reference/using-api). */
export interface Target {
  readonly verb: string;
  /** False for `/healthz`, `/version`, `/openapi/v3`, discovery...: only `verb` and `path` say something. */
  readonly resource_request: boolean;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** What follows the subresource: the path that a proxy asks for, the metric of a metrics API. */
  readonly rest: readonly string[];
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of a namespace itself; any other third segment is a resource within it. */
const ofNamespace: ReadonlySet<string> = new Set(['status', 'finalize']);

/** The old forms `/api/v1/watch/...` and `/api/v1/proxy/...`: the verb stands in the path. */
const inPath: ReadonlySet<string> = new Set(['watch', 'proxy']);

/**
 * Reads method and path as the API server does (`k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`). A path that
 * something before it may read in another way (`//`, `..`, `;`, an escaped slash) has a reason instead.
 */
export function targetOf(method: string, path: string, query: URLSearchParams): Target | { readonly reason: string } {
  const verb = verbs[method];
  if (verb === undefined) return { reason: 'the API server knows no such method' };
  const segments = segmentsOf(path);
  if (segments === null) return { reason: 'the path is not written plainly' };
  const [prefix, ...parts] = segments;
  const grouped = prefix === 'apis';
  if ((prefix !== 'api' && !grouped) || parts.length < (grouped ? 3 : 2)) return nonResource(method, path);
  const group = grouped ? (parts.shift() ?? '') : '';
  const version = parts.shift() ?? '';
  const special = inPath.has(parts[0] ?? '') ? (parts.shift() ?? '') : null;
  if (special !== null && parts.length === 0) return { reason: 'the path names a verb and no resource' };
  const namespace = parts[0] === 'namespaces' ? (parts[1] ?? '') : '';
  if (parts[0] === 'namespaces' && parts.length > 2 && !ofNamespace.has(parts[2] ?? '')) parts.splice(0, 2);
  const [resource = '', name = ''] = parts;
  const proxied = special === 'proxy';
  const [subresource = '', ...rest] = proxied ? ['', ...parts.slice(2)] : parts.slice(2);
  const target = { resource_request: true, path, group, version, resource, subresource, namespace, name, rest };
  if (special !== null) return { ...target, verb: special };
  if (name !== '') return { ...target, verb };
  const named = selectedName(query);
  if (verb === 'get') return { ...target, name: named, verb: watches(query) ? 'watch' : 'list' };
  return { ...target, verb: verb === 'delete' ? 'deletecollection' : verb };
}

function nonResource(method: string, path: string): Target {
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '', rest: [] };
  return { ...none, resource_request: false, verb: method.toLowerCase(), path };
}

/** The decoded segments of a path; null for one that parsers cut in several ways. */
function segmentsOf(path: string): string[] | null {
  if (!path.startsWith('/')) return null;
  const inner = path.slice(1).replace(/\/$/, '');
  if (inner === '') return [];
  const segments = inner.split('/').map(plainSegment);
  return segments.every((segment) => segment !== null) ? segments : null;
}

/** Names hold letters, digits, `-`, `.`, and in RBAC `:`, `*`, `@`, `~` and more: all but what cuts or ends a path. */
function plainSegment(raw: string): string | null {
  try {
    const segment = decodeURIComponent(raw);
    return segment === '' || /^\.+$/.test(segment) || /[/\\;%?#\p{Cc}\p{Z}]/u.test(segment) ? null : segment;
  } catch {
    return null;
  }
}

/** As `metav1.ListOptions` reads a switch: the first value counts, and only `false` and `0` are off. */
export function isOn(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !['false', '0'].includes(value.toLowerCase());
}

function watches(query: URLSearchParams): boolean {
  return isOn(query, 'watch');
}

/** A field selector of one name is a name to the authorizer. */
function selectedName(query: URLSearchParams): string {
  const selector = query.get('fieldSelector') ?? '';
  return /^metadata\.name==?([^,=!]+)$/.exec(selector)?.[1] ?? '';
}
