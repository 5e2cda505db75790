import { createHash } from 'node:crypto';
import type { Json, JsonObject, Request } from '../request.ts';
import { type DigestParts, requestDigest } from './digest.ts';
import type { GrantSpec } from './spec.ts';

/**
 * Hex SHA-256 of what a request does, whatever its literals: the kinds and fingerprints of its SQL statements, the verb
 * and object of a Kubernetes request, the tool of an MCP call; method, authority and path without query for all else.
 * Rejections are counted by it, so what a caller may vary freely (a comment, a session, a nonce) is not in it.
 */
export function shapeOf(
  request: Pick<Request, 'method' | 'authority' | 'path'>,
  commands: readonly JsonObject[],
): string {
  const place = [request.method, request.authority, request.path.split('?')[0] ?? ''];
  const outlines = commands.map((command) => outlineOf[String(command.kind)]?.(command) ?? null);
  const known = outlines.length > 0 && outlines.every((outline) => outline !== null);
  return createHash('sha256')
    .update(JSON.stringify(known ? [place[1], outlines] : place))
    .digest('hex');
}

type Outline = (command: JsonObject) => Json;

const outlineOf: Readonly<Record<string, Outline>> = {
  sql: ({ kind, statements }) => [kind ?? null, ...objects(statements).map(({ shape }) => shape ?? null)],
  kubernetes: (command) => kubernetesFields.map((field) => command[field] ?? null),
  mcp: ({ kind, method, tool }) => [kind ?? null, method ?? null, tool ?? null],
};

const kubernetesFields = ['verb', 'group', 'resource', 'subresource', 'namespace', 'name'] as const;

/** Subresources by which anything may be run. */
const openEnded: ReadonlySet<Json | undefined> = new Set([
  'exec',
  'attach',
  'portforward',
  'proxy',
  'ephemeralcontainers',
]);

/** SQL whose text, or whose effect, is not in its statement. */
const opaqueKinds: ReadonlySet<Json | undefined> = new Set([
  'do',
  'execute',
  'prepare',
  'set_unsafe',
  'call',
  'unparsed',
]);

/** Functions of PostgreSQL that do nothing with text but compare, cut or count it. */
const plainFunctions =
  /^(pg_catalog\.)?(now|lower|upper|length|char_length|trim|btrim|ltrim|rtrim|substr|substring|left|right|replace|concat|abs|round|floor|ceil|count|sum|avg|min|max|date_trunc|date_part|extract|to_char|to_date|to_timestamp|age|greatest|least)$/;

/**
 * Hex: what another request must equal to go on under a grant for this one; null where no grant is possible, because
 * what would run can't be told from the command (threat 12). It is the digest of the request with its body replaced by
 * the command shape, so that method, authority, path, every header, the principal and all changes of the policy count as
 * they do for a single approval; and the session.
 */
export function grantKeyOf(
  parts: DigestParts & { readonly session: string; readonly commands: readonly JsonObject[] },
  grant: GrantSpec,
): string | null {
  const { commands, request, session } = parts;
  if (commands.length === 0) return null;
  const shapes = commands.map((command) => exactShape[String(command.kind)]?.(command, grant, request) ?? null);
  if (shapes.some((shape) => shape === null)) return null;
  const body = Buffer.from(JSON.stringify(['countersign.dev/hold/grant/v1', session, shapes]));
  return requestDigest({ ...parts, request: { ...request, body } });
}

/** What must be the same of one command; null where nothing can be told. */
type Shape = (command: JsonObject, grant: GrantSpec, request: Request) => Json;

const exactShape: Readonly<Record<string, Shape>> = {
  sql: sqlShape,
  kubernetes: kubernetesShape,
  mcp: mcpShape,
};

function sqlShape({ statements, text }: JsonObject, { match }: GrantSpec): Json {
  const all = objects(statements);
  if (all.length === 0 || typeof text !== 'string') return null;
  if (all.some(({ kind, program, nested }) => isOpaque(kind) || program !== undefined || list(nested).some(isOpaque)))
    return null;
  const fingerprints = all.map(({ shape }) => shape ?? null);
  if (match === 'exact') return ['sql', fingerprints, plainText(text)];
  const runs = all.flatMap(({ functions }) => list(functions)).some((name) => !plainFunctions.test(String(name)));
  return runs ? null : ['sql', fingerprints];
}

function isOpaque(kind: Json | undefined): boolean {
  return opaqueKinds.has(kind);
}

/** The text without comments and layout, where they can be told for certain; else as it is. */
function plainText(text: string): string {
  if (/[\\$]|\/\*/.test(text)) return text;
  const parts = text.matchAll(/('(?:[^']|'')*'|"(?:[^"]|"")*")|--[^\n]*|\s+|([^\s'"-]+|-)/g);
  return [...parts].flatMap(([, quoted, word]) => quoted ?? word ?? []).join(' ');
}

function kubernetesShape(command: JsonObject, { match }: GrantSpec, { body }: Request): Json {
  if (openEnded.has(command.subresource) || typeof command.verb !== 'string') return null;
  // `*` and a missing name stand for whatever is there when it runs.
  if (command.verb === 'deletecollection') return null;
  const content = createHash('sha256')
    .update(body ?? '')
    .digest('hex');
  return ['kubernetes', ...kubernetesFields.map((field) => command[field] ?? null), match === 'exact' ? content : ''];
}

function mcpShape({ method, tool, arguments: given }: JsonObject, { free }: GrantSpec): Json {
  if (typeof method !== 'string' || typeof tool !== 'string') return null;
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) return null;
  const values = Object.entries(given ?? {}).filter(([name]) => !free.includes(name));
  return ['mcp', method, tool, values.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([k, v]) => [k, v])];
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return list(value).filter((one): one is JsonObject => typeof one === 'object' && one !== null && !Array.isArray(one));
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
