import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { schema } from './config/schema.ts';
import { CountersignError } from './errors.ts';

/** Everything an operator can set, checked, with defaults filled in, durations in milliseconds and paths absolute. */
export type Config = Omit<z.output<typeof schema>, 'audit'> & {
  readonly audit: z.output<typeof schema>['audit'] & { readonly writer: string };
};

/** The JSON Schema (2020-12) of `countersign.yaml`, for editors and `countersign config schema`. */
export function configSchema(): object {
  return z.toJSONSchema(schema, { io: 'input' });
}

/**
 * Reads `countersign.yaml`. Relative paths count from the file's folder.
 * @throws CountersignError `config_invalid`, naming file, line, key and remedy
 */
export function readConfig(file: string): Config {
  return parseConfig(readText(file), file, dirname(resolve(file)));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CountersignError('config_invalid', `${file}: cannot be read; give a readable file with -c FILE`, {
      cause,
    });
  }
}

/** As `readConfig`, of text that is at hand. `name` stands in messages, `base` is where relative paths count from. */
export function parseConfig(text: string, name: string, base: string): Config {
  const { document, lines } = parse(text, name);
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return placed(parsed.data, base);
  const messages = parsed.error.issues
    .flatMap((issue) => describe(issue))
    .map(({ path, message }) => {
      const offset = offsetOf(document, path);
      const { line, col } = offset === undefined ? { line: 1, col: 1 } : lines.linePos(offset);
      return `${name}:${line}:${col}: ${path.join('.') || 'the file'}: ${message}`;
    });
  throw new CountersignError('config_invalid', messages.join('\n'));
}

/**
 * Any YAML document as a value, anchors resolved.
 * @throws CountersignError `config_invalid` with file, line and column of what is not YAML
 */
export function parseYaml(text: string, name: string): unknown {
  return parse(text, name).document.toJS({ maxAliasCount: 1_000 });
}

function parse(text: string, name: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [syntax] = document.errors;
  if (!syntax) return { document, lines };
  const { line, col } = lines.linePos(syntax.pos[0]);
  throw new CountersignError('config_invalid', `${name}:${line}:${col}: not YAML: ${syntax.message.split('\n')[0]}`);
}

type Place = { readonly path: readonly PropertyKey[]; readonly message: string };

function describe(issue: z.core.$ZodIssue): readonly Place[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  const known = keysAt(issue.path);
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    message: known.length
      ? `unknown key; did you mean "${closest(key, known)}"? (known: ${known.join(', ')})`
      : 'unknown key',
  }));
}

function keysAt(path: readonly PropertyKey[]): string[] {
  let node: JsonSchema | undefined = configSchema() as JsonSchema;
  for (const step of path) node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)];
  return Object.keys(node?.properties ?? {});
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** Where a path stands in the file: the key itself for a member, the nearest enclosing node that exists otherwise. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const step = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(step));
      if (pair && isNode(pair.key)) return pair.key.range?.[0];
    }
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node)) return node.range?.[0];
  }
  return undefined;
}

function placed(config: z.output<typeof schema>, base: string): Config {
  const at = (path: string) => resolve(base, path);
  const socket = (text: string) => (text.startsWith('unix:') ? `unix:${at(text.slice(5))}` : text);
  return {
    ...config,
    listen: socket(config.listen),
    admin: socket(config.admin),
    state: at(config.state),
    policy: policyOf(config.policy, at),
    identity: {
      ...config.identity,
      issuers: config.identity.issuers.map((one) =>
        one.jwks === undefined || /^https?:\/\//.test(one.jwks) ? one : { ...one, jwks: at(one.jwks) },
      ),
    },
    holds: {
      ...config.holds,
      webhooks: config.holds.webhooks.map((one) =>
        one.secret === undefined ? one : { ...one, secret: at(one.secret) },
      ),
    },
    audit: auditOf(config.audit, at),
    mask: { keys: Object.fromEntries(Object.entries(config.mask.keys).map(([name, file]) => [name, at(file)])) },
  };
}

function policyOf(policy: Config['policy'], at: (path: string) => string): Config['policy'] {
  const { source, shadow, token_file: token, keys, ...rest } = policy;
  return {
    ...rest,
    keys: keys.map(at),
    ...(source === undefined ? {} : { source: /^https?:\/\//.test(source) ? source : at(source) }),
    ...(shadow === undefined ? {} : { shadow: at(shadow) }),
    ...(token === undefined ? {} : { token_file: at(token) }),
  };
}

function auditOf(audit: z.output<typeof schema>['audit'], at: (path: string) => string): Config['audit'] {
  const tsa = audit.anchors.tsa.map((one) => (one.root === undefined ? one : { ...one, root: at(one.root) }));
  return { ...audit, writer: audit.writer ?? hostLabel(), anchors: { ...audit.anchors, tsa } };
}

/** The host's first label as a DNS label: the log's origin is made of it. */
function hostLabel(): string {
  const label = (hostname().split('.')[0] ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+|-+$/g, '');
  return label || 'writer';
}

/** An address of the configuration as a listener. */
export function listenerOf(text: string): { readonly unix: string } | { readonly host: string; readonly port: number } {
  if (text.startsWith('unix:')) return { unix: text.slice(5) };
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}
