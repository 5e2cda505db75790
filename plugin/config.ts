import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { CountersignError } from './errors.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as people write it (`250ms`, `60s`, `30m`, `12h`, `400d`), read as milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,8}(ms|s|m|h|d)$/, 'expected a duration such as 250ms, 60s, 30m, 12h or 400d')
  .transform((text) => Number.parseInt(text, 10) * (units[text.replace(/[0-9]+/, '')] ?? Number.NaN));

const address = z
  .string()
  .regex(/^(unix:.+|(\[[0-9a-f:]+\]|[^:/\s]+):[0-9]{1,5})$/, 'expected unix:PATH or HOST:PORT')
  .meta({ description: 'unix:PATH, or HOST:PORT' });

const dnsName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    'expected a lower-case DNS name without port or path',
  );

const algorithms = z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']);

const issuer = z
  .strictObject({
    issuer: z.string().min(1).meta({ description: 'The `iss` of its tokens, to the letter' }),
    jwks: z.string().optional().meta({
      description: 'File or https URL of its JSON Web Key Set; without it, its tokens are good in Envoy only',
    }),
    audiences: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .meta({ description: 'A token must name one of them in `aud`' }),
    algorithms: z
      .array(algorithms)
      .min(1)
      .optional()
      .meta({ description: 'Signature algorithms accepted; default RS256, PS256, ES256, EdDSA' }),
    person: z
      .string()
      .optional()
      .meta({ description: 'Claim that names the human, the same in every issuer: four eyes count by it' }),
    groups: z.string().default('groups').meta({ description: 'Claim with the groups' }),
    kind: z.string().default('kind').meta({ description: 'Claim that says human, agent or workload' }),
  })
  .meta({ description: 'One identity provider' });

const schema = z
  .strictObject({
    listen: address.default('unix:run/countersign.sock').meta({ description: 'Where Envoy finds both gRPC services' }),
    insecure_loopback: z
      .boolean()
      .default(false)
      .meta({ description: 'Allow a TCP loopback listener without mTLS: any local process is then Envoy' }),
    admin: address.default('unix:run/admin.sock').meta({ description: 'Metrics, health, approvals and sessions' }),
    state: z
      .string()
      .min(1)
      .default('state')
      .meta({ description: 'Folder of the audit log, the holds and the recordings' }),
    policy: z
      .strictObject({
        source: z.string().optional().meta({ description: 'Folder of Rego, folder or .tar.gz with a compiled bundle' }),
        path: z
          .string()
          .regex(/^[A-Za-z0-9_]+(\/[A-Za-z0-9_]+)*$/, 'expected a rule path such as envoy/authz/allow')
          .default('envoy/authz/allow')
          .meta({ description: 'The rule that decides' }),
        opa: z
          .string()
          .optional()
          .meta({ description: 'The opa binary that compiles a folder of Rego; default $OPA, then the PATH' }),
      })
      .prefault({}),
    identity: z
      .strictObject({
        issuers: z.array(issuer).default([]),
        mtls: z.enum(['principal', 'transport']).default('principal').meta({
          description: 'principal: a client certificate names who asks; transport: it names only the hop before Envoy',
        }),
        header: z
          .strictObject({ name: z.string().min(1) })
          .optional()
          .meta({
            description:
              'A header that another hop of yours sets; it counts only on routes whose context_extensions say countersign.identity: header',
          }),
      })
      .prefault({}),
    holds: z
      .strictObject({
        wait: duration.default(600_000).meta({ description: 'The longest that a request waits in line' }),
        max_pending: z.int().min(1).default(10_000),
        max_pending_per_principal: z.int().min(1).default(20),
        console: z.string().optional().meta({ description: 'Base URL of the page that tickets link to' }),
      })
      .prefault({}),
    audit: z
      .strictObject({
        domain: dnsName
          .default('countersign.internal')
          .meta({ description: 'Log domain: origins are e<epoch>.<writer>.<domain>' }),
        writer: dnsName.optional().meta({ description: "This process's name in the log; default the host's name" }),
      })
      .prefault({}),
    record: z
      .strictObject({
        default: z
          .enum(['none', 'metadata', 'request', 'full'])
          .default('metadata')
          .meta({ description: 'What is recorded where the policy does not say' }),
        session_headers: z.array(z.string().min(1)).default(['mcp-session-id', 'x-session-id']),
        drop_headers: z
          .array(z.string().min(1))
          .default([])
          .meta({ description: 'Request headers that never enter a recording, beside credentials' }),
        readers: z.string().default('auditors').meta({ description: 'The group that may read recordings' }),
      })
      .prefault({}),
    mask: z
      .strictObject({
        keys: z.record(z.string(), z.string()).default({}).meta({
          description: 'Name to file (32 bytes or more): pseudonym keys of `hash`; `default` is made at first start',
        }),
      })
      .prefault({}),
    commands: z
      .strictObject({
        max_bytes: z.int().min(1).max(1_048_576).default(65_536).meta({ description: 'Longer commands are unparsed' }),
        timeout: duration.default(250).meta({ description: 'A command that takes longer to parse is unparsed' }),
      })
      .prefault({}),
    release: z
      .strictObject({
        idle: duration
          .default(300_000)
          .meta({ description: 'A response stream that is silent for so long ends with an error' }),
      })
      .prefault({}),
    drain: duration.default(30_000).meta({ description: 'How long SIGTERM waits for what is in flight' }),
    log: z
      .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info') })
      .prefault({}),
  })
  .meta({ title: 'countersign.yaml' });

/** Everything an operator can set, checked, with defaults filled in, durations in milliseconds and paths absolute. */
export type Config = Omit<z.output<typeof schema>, 'audit'> & {
  readonly audit: { readonly domain: string; readonly writer: string };
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
  const { source, ...policy } = config.policy;
  return {
    ...config,
    listen: socket(config.listen),
    admin: socket(config.admin),
    state: at(config.state),
    policy: { ...policy, ...(source === undefined ? {} : { source: at(source) }) },
    identity: {
      ...config.identity,
      issuers: config.identity.issuers.map((one) =>
        one.jwks === undefined || /^https?:\/\//.test(one.jwks) ? one : { ...one, jwks: at(one.jwks) },
      ),
    },
    audit: { domain: config.audit.domain, writer: config.audit.writer ?? hostLabel() },
    mask: { keys: Object.fromEntries(Object.entries(config.mask.keys).map(([name, file]) => [name, at(file)])) },
  };
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
