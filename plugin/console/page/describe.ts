import type { Json, JsonObject } from '../../request.ts';
import type { View } from './wire.ts';

/** A word on what a command does; `alarm` is what an approver must not overlook. */
export interface Tag {
  readonly text: string;
  readonly alarm: boolean;
}

/** One command as it was understood. */
export interface Shown {
  /** `SQL`, `Kubernetes`, `MCP`, `GraphQL`, `gRPC`, `Not understood`, or the kind's own name. */
  readonly kind: string;
  /** One line that says what it does. */
  readonly title: string;
  readonly tags: readonly Tag[];
  /** The text that runs, whole; null where the command has none. */
  readonly text: string | null;
  /** What is left, by name. */
  readonly facts: readonly (readonly [string, string])[];
}

/** The request as it will go on. */
export interface Raw {
  /** `POST https://db.example.com/query?x=1` */
  readonly line: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Null where the request has none. */
  readonly body: string | null;
  /** What the policy changes on its way, by kind; only what it does change. */
  readonly changes: readonly (readonly [string, string])[];
}

/** What an approver reads of a hold's `display`. */
export interface Described {
  readonly kind: string;
  readonly title: string;
  readonly commands: readonly Shown[];
  readonly raw: Raw;
}

const alarm = (text: string): Tag => ({ text, alarm: true });
const tag = (text: string): Tag => ({ text, alarm: false });

/** Reads what the desk shows. Null once the hold is closed: the texts are gone then. */
export function describe({ display }: Pick<View, 'display'>): Described | null {
  if (display === null) return null;
  const raw = rawOf(display);
  const commands = objects(display.commands).map(shownOf);
  const [first] = commands;
  const more = commands.length > 1 ? `, and ${commands.length - 1} more` : '';
  return {
    kind: first?.kind ?? 'HTTP',
    title: first === undefined ? raw.line : `${first.title}${more}`,
    commands,
    raw,
  };
}

function rawOf(display: JsonObject): Raw {
  const { method, scheme, authority, path, headers, body, changes } = display;
  const place = `${text(scheme) === '' ? '' : `${text(scheme)}://`}${text(authority)}${text(path)}`;
  return {
    line: `${text(method)} ${place}`.trim(),
    headers: list(headers).flatMap((pair) => {
      const [name, value] = list(pair);
      return name === undefined ? [] : [[text(name), text(value)] as const];
    }),
    body: typeof body === 'string' && body !== '' ? body : null,
    changes: isObject(changes) ? Object.entries(changes).flatMap(changeOf) : [],
  };
}

const changeNames: Readonly<Record<string, string>> = {
  headersToSet: 'sets headers',
  headersToRemove: 'removes headers',
  queryToSet: 'sets in the query',
  queryToRemove: 'removes from the query',
};

function changeOf([name, value]: readonly [string, Json]): (readonly [string, string])[] {
  const items = list(value).map((one) => {
    const parts = isObject(one) ? Object.values(one).map(text) : list(one).map(text);
    return parts.length > 0 ? parts.join(': ') : text(one);
  });
  const said = items.length > 0 || Array.isArray(value) ? items.join('\n') : empty(value) ? '' : pretty(value);
  return said === '' ? [] : [[changeNames[name] ?? name, said]];
}

function shownOf(command: JsonObject): Shown {
  const kind = text(command.kind);
  return (readers[kind] ?? other)(command);
}

const readers: Readonly<Record<string, (command: JsonObject) => Shown>> = {
  sql,
  kubernetes,
  mcp,
  graphql,
  grpc,
  unparsed: ({ reason, text: sent }) => ({
    kind: 'Not understood',
    title: `Not understood: ${text(reason)}`,
    tags: [alarm('read the raw request')],
    text: typeof sent === 'string' ? sent : null,
    facts: [],
  }),
};

function sql({ text: sent, statements, dialect }: JsonObject): Shown {
  const all = objects(statements);
  const tags = all.flatMap(statementTags);
  return {
    kind: 'SQL',
    title: oneLine(text(sent)) || all.map(({ kind }) => text(kind).toUpperCase()).join('; '),
    tags: unique(all.length > 1 ? [tag(`${all.length} statements`), ...tags] : tags),
    text: typeof sent === 'string' ? sent : null,
    facts: present([
      ['objects', names(all.flatMap(({ objects: named }) => objects(named).map(qualified)))],
      ['functions', names(all.flatMap(({ functions }) => list(functions).map(text)))],
      ['settings', names(all.flatMap(({ settings }) => list(settings).map(text)))],
      ['program', all.map(({ program }) => text(program)).join('\n')],
      ['dialect', text(dialect)],
    ]),
  };
}

/** Kinds of statements that act on all rows where nothing says which. */
const wantsWhere: ReadonlySet<string> = new Set(['delete', 'update', 'merge']);
const destroys: ReadonlySet<string> = new Set(['drop', 'truncate', 'set_unsafe', 'do', 'execute']);

function statementTags({ kind, writes, where, opaque, program, nested }: JsonObject): Tag[] {
  const name = text(kind);
  return [
    destroys.has(name) ? alarm(name.toUpperCase()) : tag(name.toUpperCase()),
    ...(wantsWhere.has(name) && where === false ? [alarm('every row: no condition')] : []),
    ...(writes === true ? [tag('writes')] : writes === false ? [tag('reads only')] : []),
    ...(opaque === true ? [alarm('runs text that nobody sees')] : []),
    ...(program === undefined ? [] : [alarm('starts a program')]),
    ...list(nested).map((inner) => tag(`within: ${text(inner)}`)),
  ];
}

function qualified({ schema, name }: JsonObject): string {
  return text(schema) === '' ? text(name) : `${text(schema)}.${text(name)}`;
}

const dangerousVerbs: ReadonlySet<string> = new Set(['delete', 'deletecollection']);
const openEnded: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers']);

function kubernetes(command: JsonObject): Shown {
  const { verb, resource, subresource, namespace, name, group, version, exec, impersonate } = command;
  const kind = [text(resource), text(subresource)].filter((part) => part !== '').join('/');
  const ran = isObject(exec) ? list(exec.command).map(text) : [];
  const thing = [kind || text(command.path), text(name)].filter((part) => part !== '').join(' ');
  const where = text(namespace) === '' ? '' : ` in ${text(namespace)}`;
  return {
    kind: 'Kubernetes',
    title: `${text(verb)} ${thing}${where}${ran.length > 0 ? ` -- ${ran.join(' ')}` : ''}`,
    tags: unique([
      dangerousVerbs.has(text(verb)) ? alarm(text(verb)) : tag(text(verb)),
      ...(openEnded.has(text(subresource)) ? [alarm('opens a way into the pod')] : []),
      ...(impersonate === undefined ? [] : [alarm('as somebody else')]),
      ...(command.dry_run === true ? [tag('dry run')] : []),
      ...(command.all_namespaces === true ? [alarm('all namespaces')] : []),
    ]),
    text: null,
    facts: present([
      ['verb', text(verb)],
      ['resource', [text(group), text(version), kind].filter((part) => part !== '').join('/')],
      ['namespace', text(namespace)],
      ['name', text(name)],
      ['runs', ran.join(' ')],
      ['container', isObject(exec) ? text(exec.container) : ''],
      ['as', impersonate === undefined ? '' : pretty(impersonate)],
      ...rest(command, kubernetesKnown),
    ]),
  };
}

const kubernetesKnown = [
  ...['kind', 'verb', 'group', 'version', 'resource', 'subresource', 'namespace', 'name', 'exec', 'impersonate'],
  ...['dry_run', 'all_namespaces', 'rest', 'resource_request', 'path'],
];

function mcp(command: JsonObject): Shown {
  const { type, method, tool, prompt, uri, arguments: given, batch } = command;
  const named = text(tool) || text(prompt) || text(uri);
  return {
    kind: 'MCP',
    title: named === '' ? text(method) || text(type) : `${named}(${isObject(given) ? compact(given) : ''})`,
    tags: [tag(text(method) || text(type)), ...(batch === true ? [tag('in a batch')] : [])],
    text: given === undefined || empty(given) ? null : pretty(given),
    facts: present([
      ['tool', text(tool)],
      ['prompt', text(prompt)],
      ['resource', text(uri)],
      ['session', text(command.session)],
    ]),
  };
}

function graphql(command: JsonObject): Shown {
  const { operation, variables } = command;
  const facts = isObject(operation) ? operation : {};
  const type = text(facts.type);
  const roots = names(list(facts.roots).map(text));
  return {
    kind: 'GraphQL',
    title: `${type} ${text(facts.name) || roots}`.trim(),
    tags: [type === 'mutation' ? alarm(type) : tag(type)],
    text: null,
    facts: present([
      ['runs', roots],
      ['fields', names(list(facts.names).map(text))],
      ['variables', empty(variables) ? '' : pretty(variables ?? {})],
    ]),
  };
}

function grpc({ service, method, message }: JsonObject): Shown {
  return {
    kind: 'gRPC',
    title: `${text(service)}/${text(method)}`,
    tags: [],
    text: empty(message) ? null : pretty(message ?? {}),
    facts: present([
      ['service', text(service)],
      ['method', text(method)],
    ]),
  };
}

function other(command: JsonObject): Shown {
  const kind = text(command.kind);
  return { kind: kind || 'Command', title: kind, tags: [], text: null, facts: present(rest(command, ['kind'])) };
}

/** Members that nobody named: shown as they are, so that nothing is left out. */
function rest(command: JsonObject, known: readonly string[]): (readonly [string, string])[] {
  return Object.entries(command).flatMap(([name, value]) =>
    known.includes(name) || empty(value) ? [] : [[name, typeof value === 'string' ? value : pretty(value)] as const],
  );
}

/** Characters of a title. */
const titleLimit = 240;

/**
 * A statement on one line: comments before it left out, runs of white space as one space. It ends where a comment stands
 * within it, so that nothing reads as commented out that is not, or the other way round.
 */
function oneLine(sent: string): string {
  const lines = sent
    .slice(0, 16 * titleLimit)
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line !== '');
  const begin = lines.findIndex((line) => !line.startsWith('--'));
  if (begin < 0) return sent.trim().slice(0, titleLimit);
  const end = lines.findIndex((line, at) => at > begin && /--|\/\*/.test(line));
  return lines
    .slice(begin, end < 0 ? undefined : end)
    .join(' ')
    .slice(0, titleLimit);
}

const present = (facts: readonly (readonly [string, string])[]) => facts.filter(([, value]) => value !== '');
const names = (all: readonly string[]) => [...new Set(all)].join(', ');
const pretty = (value: Json) => JSON.stringify(value, null, 2);
const compact = (value: JsonObject) =>
  Object.entries(value)
    .map(([name, one]) => `${name}: ${JSON.stringify(one)}`)
    .join(', ')
    .slice(0, 240);

function unique(tags: readonly Tag[]): Tag[] {
  return tags.filter(({ text: said }, at) => said !== '' && tags.findIndex((one) => one.text === said) === at);
}

function empty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function text(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return list(value).filter(isObject);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
