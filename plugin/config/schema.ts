import { z } from 'zod';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds that a timer of Node's can wait: a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** A duration as people write it (`250ms`, `60s`, `30m`, `12h`, `20d`), read as milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,8}(ms|s|m|h|d)$/, 'expected a duration such as 250ms, 60s, 30m, 12h or 20d')
  .transform((text) => Number.parseInt(text, 10) * (units[text.replace(/[0-9]+/, '')] ?? Number.NaN))
  .refine((ms) => ms <= longestTimer, 'expected 24d at most');

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
    discovery: z.boolean().optional().meta({
      description: 'Instead of jwks: its OpenID Connect metadata tells where the key set is; needs an https issuer',
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
    groups: z
      .string()
      .default('groups')
      .meta({ description: 'Claim with the groups, or a path to it such as realm_access.roles' }),
    kind: z.string().default('kind').meta({ description: 'Claim that says human, agent or workload' }),
  })
  .meta({ description: 'One identity provider' });

const httpUrl = z
  .string()
  .regex(
    /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
    'expected an http or https URL without credentials, query or fragment',
  );

/** Who vouches for checkpoints from outside (RFC 3161, C2SP tlog-witness). */
const anchors = z
  .strictObject({
    every: duration.default(300_000).meta({ description: 'Between two checkpoints that are anchored' }),
    deadline: duration.default(10_000).meta({ description: 'How long one try may take; it is repeated later' }),
    tsa: z
      .array(
        z.strictObject({
          url: httpUrl,
          root: z
            .string()
            .optional()
            .meta({ description: 'PEM file: a stamp that does not lead to one of these certificates is refused' }),
        }),
      )
      .default([])
      .meta({ description: 'Time-stamping authorities (RFC 3161)' }),
    witnesses: z
      .array(z.strictObject({ url: httpUrl, vkey: z.string().min(1) }))
      .default([])
      .meta({ description: 'Witnesses (C2SP tlog-witness), each with its verifier key' }),
  })
  .prefault({});

const webhook = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/,
        'expected an https URL, or http of this host',
      )
      .meta({ description: 'Where it is posted to' }),
    secret: z.string().optional().meta({ description: 'File with the signing secret, whsec_ and base64' }),
    format: z.enum(['standard', 'slack']).default('standard'),
  })
  .meta({ description: 'One receiver of notifications' });

/** `countersign.yaml`: closed, with a default for everything that has one. */
export const schema = z
  .strictObject({
    listen: address.default('unix:run/countersign.sock').meta({ description: 'Where Envoy finds both gRPC services' }),
    insecure_loopback: z
      .boolean()
      .default(false)
      .meta({ description: 'Allow a TCP loopback listener without mTLS: any local process is then Envoy' }),
    transport: z.enum(['auto', 'h2', 'node']).default('auto').meta({
      description: 'The HTTP/2 server for Envoy: h2 is our own, node that of Node.js; auto takes h2',
    }),
    admin: address.default('unix:run/admin.sock').meta({ description: 'Metrics, health, approvals and sessions' }),
    state: z
      .string()
      .min(1)
      .default('state')
      .meta({ description: 'Folder of the audit log, the holds and the recordings' }),
    policy: z
      .strictObject({
        source: z
          .string()
          .regex(
            /^(?!http:)|^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)[:/]/,
            'expected https, or http on loopback: a bundle decides what is allowed',
          )
          .optional()
          .meta({
            description:
              'Folder of Rego, folder or .tar.gz with a compiled bundle, or the https URL of a bundle at a service',
          }),
        poll: duration.optional().meta({
          description: 'How often the source is looked at; default 1m for a URL, and for files only at SIGHUP',
        }),
        max_age: duration.default(3_600_000).meta({
          description: 'A source that is polled and names no bundle that serves for so long is a deviation',
        }),
        keys: z
          .array(z.string().min(1))
          .default([])
          .meta({ description: 'PEM public keys of those who may sign bundles; needed for a URL' }),
        token_file: z
          .string()
          .optional()
          .meta({ description: 'File with the bearer token that the bundle service asks for' }),
        accept_serial: z
          .int()
          .min(0)
          .optional()
          .meta({ description: 'A bundle with this serial is accepted though it is not higher than the last' }),
        shadow: z.string().min(1).optional().meta({
          description:
            'Folder or bundle of a second policy: it is compared with the one in force, and enforces nothing',
        }),
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
        bearer: z
          .strictObject({
            audiences: z
              .array(z.string().min(1))
              .min(1)
              .meta({ description: 'A token must name one of them in `aud`; not those by which people approve' }),
          })
          .optional()
          .meta({
            description: 'Verify the bearer tokens of requests here, where no jwt_authn of Envoy does it',
          }),
        clock_skew: duration
          .default(30_000)
          .refine((ms) => ms <= 300_000, 'expected 5m at most')
          .meta({ description: 'How much the clock of an issuer may differ' }),
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
        cooldown: duration.default(300_000).meta({
          description:
            'After a rejection its asker may ask for nothing of that shape for so long; twice as long each time',
        }),
        break_glass: z
          .strictObject({
            group: z.string().min(1).optional().meta({ description: 'The group that may go on without approval' }),
            max_age: duration.default(900_000).meta({ description: 'How long ago its member may have signed in' }),
            per_day: z
              .int()
              .min(1)
              .max(100)
              .default(3)
              .meta({ description: 'How often one of them may, within a day' }),
          })
          .prefault({}),
        webhooks: z
          .array(webhook)
          .max(10)
          .default([])
          .meta({ description: 'Who is told of each step, by id, rule and link' }),
      })
      .prefault({}),
    deviations: z
      .strictObject({
        group: z.string().default('auditors').meta({ description: 'The group that acknowledges and resolves them' }),
        denials_in_a_row: z
          .int()
          .min(2)
          .default(20)
          .meta({ description: 'Denials of one principal, without an allow between them, that make a deviation' }),
      })
      .prefault({}),
    audit: z
      .strictObject({
        domain: dnsName
          .default('countersign.internal')
          .meta({ description: 'Log domain: origins are e<epoch>.<writer>.<domain>' }),
        writer: dnsName.optional().meta({ description: "This process's name in the log; default the host's name" }),
        reserve: z
          .int()
          .min(0)
          .default(64 * 1024 * 1024)
          .meta({
            description: 'Bytes of the disk that are kept for allows: with less, denials are counted in one entry',
          }),
        anchors,
      })
      .prefault({}),
    record: z
      .strictObject({
        default: z
          .enum(['none', 'metadata', 'request', 'full'])
          .default('metadata')
          .meta({ description: 'What is recorded where the policy does not say' }),
        session_idle: duration.default(86_400_000).meta({
          description: 'A session that is silent for so long is forgotten: its counters begin again',
        }),
        budget_window: duration
          .default(86_400_000)
          .meta({ description: "A principal's counters (input.session.principal) begin again after so long" }),
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
        descriptors: z.string().optional().meta({
          description: 'File with a FileDescriptorSet: what the messages of gRPC requests are read by',
        }),
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
