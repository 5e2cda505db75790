import { z } from 'zod';

/**
 * Schemas of what a policy is asked and what it may answer: for `countersign policy schema` and `check`, for editors and
 * for the reference. Members that are absent are optional here; none is open but where anything may come.
 */
const anything = z.unknown();
const names = z.record(z.string(), z.string());

const socketAddress = z.strictObject({
  protocol: z.int().optional(),
  address: z.string().optional(),
  portValue: z.int().optional(),
  namedPort: z.string().optional(),
  resolverName: z.string().optional(),
  ipv4Compat: z.boolean().optional(),
});

const peer = z.strictObject({
  address: z
    .strictObject({
      socketAddress: socketAddress.optional(),
      pipe: z.strictObject({ path: z.string().optional(), mode: z.int().optional() }).optional(),
      envoyInternalAddress: z
        .strictObject({ serverListenerName: z.string().optional(), endpointId: z.string().optional() })
        .optional(),
    })
    .optional(),
  service: z.string().optional(),
  labels: names.optional(),
  principal: z.string().optional().meta({ description: 'URI SAN, DNS SAN or subject of the verified certificate' }),
  certificate: z.string().optional().meta({ description: 'PEM, URL-encoded, where Envoy includes it' }),
});

const metadata = z.strictObject({
  filterMetadata: z.record(z.string(), anything).optional(),
  typedFilterMetadata: z.record(z.string(), anything).optional(),
});

const httpRequest = z.strictObject({
  id: z.string().optional(),
  method: z.string().optional(),
  headers: names.optional().meta({ description: 'Names in lower case, lines of one name joined by a comma' }),
  headerMap: z
    .strictObject({
      headers: z
        .array(
          z.strictObject({ key: z.string().optional(), value: z.string().optional(), rawValue: z.string().optional() }),
        )
        .optional(),
    })
    .optional(),
  path: z.string().optional().meta({ description: 'With the query' }),
  host: z.string().optional(),
  scheme: z.string().optional(),
  query: z.string().optional(),
  fragment: z.string().optional(),
  size: z.number().optional(),
  protocol: z.string().optional(),
  body: z.string().optional(),
  rawBody: z.string().optional().meta({ description: 'Base64' }),
});

const attributes = z.strictObject({
  source: peer.optional(),
  destination: peer.optional(),
  request: z
    .strictObject({
      time: z.strictObject({ seconds: z.number().optional(), nanos: z.number().optional() }).optional(),
      http: httpRequest.optional(),
    })
    .optional(),
  contextExtensions: names.optional(),
  metadataContext: metadata.optional(),
  routeMetadataContext: metadata.optional(),
  tlsSession: z.strictObject({ sni: z.string().optional() }).optional(),
});

const actor = z.strictObject({ id: z.string(), issuer: z.string() });

const counts = {
  requests: z.int().min(1).meta({ description: 'This one included' }),
  denied: z.int().min(0),
  held: z.int().min(0),
  masked_fields: z.int().min(0),
  started: z.int().meta({ description: 'Milliseconds since 1970' }),
};

/** What the decision is asked with. */
export const inputSchema = z
  .strictObject({
    attributes: attributes.meta({ description: 'The Check, in protojson names, as opa-envoy-plugin shows it' }),
    version: z.strictObject({ ext_authz: z.literal('v3'), encoding: z.literal('protojson') }),
    parsed_path: z.array(z.string()).meta({ description: 'Percent-decoded first, split afterwards' }),
    parsed_query: z.record(z.string(), z.array(z.string())),
    parsed_body: anything.meta({ description: 'JSON, forms, multipart; null for others' }),
    truncated_body: z.boolean().meta({ description: 'Nobody knows the body: deny what depends on it' }),
    source_principal: z.string().optional(),
    principal: z.strictObject({
      id: z.string(),
      issuer: z.string(),
      kind: z.enum(['human', 'agent', 'workload']),
      groups: z.array(z.string()),
      actors: z.array(actor).meta({ description: 'The `act` chain: who acts for the principal, outermost first' }),
      method: z.enum(['jwt', 'mtls', 'header', 'none']),
      claims: z.record(z.string(), anything),
    }),
    session: z
      .strictObject({
        key: z.string(),
        ...counts,
        principal: z.strictObject(counts).meta({ description: 'The same over all sessions of the principal' }),
      })
      .meta({ description: 'The series of requests that this one belongs to' }),
    commands: z.array(z.looseObject({ kind: z.string() })).meta({ description: 'What the request really does' }),
    approval: z
      .strictObject({
        hold: z.string(),
        approvals: z.array(
          z.strictObject({
            id: z.string(),
            issuer: z.string(),
            group: z.string(),
            reason: z.string().nullable(),
            at: z.int().meta({ description: 'Milliseconds since 1970' }),
          }),
        ),
      })
      .optional()
      .meta({ description: 'Only while an approved hold is used' }),
  })
  .meta({ title: 'input of the decision' });

/** What the response phase is asked with. */
export const responseInputSchema = z
  .strictObject({
    response: z.strictObject({ status: z.int(), headers: names }),
    request: z.strictObject({
      method: z.string().optional(),
      host: z.string().optional(),
      path: z.string().optional(),
      route: z.string().optional(),
    }),
    principal: z.strictObject({ id: z.string(), issuer: z.string(), groups: z.array(z.string()) }).nullable(),
    carry: z.record(z.string(), anything).nullable(),
  })
  .meta({ title: 'input of envoy/authz/response' });

const headerValue = z.union([z.string(), z.array(z.string())]);
const headers = z.union([z.record(z.string(), headerValue), z.array(z.record(z.string(), headerValue))]);
const query = z.record(z.string(), headerValue);

/** Members of a result that other rooms read: each has a schema of its own. */
export interface Obligations {
  readonly hold: z.ZodType;
  readonly mask: z.ZodType;
  readonly record: z.ZodType;
}

/** What a decision may be, beside the schemas of its obligations. */
export function resultSchema({ hold, mask, record }: Obligations) {
  const object = z.strictObject({
    allowed: z.boolean(),
    headers: headers.optional().meta({ description: 'On an allow set on the request, on a denial sent to the caller' }),
    body: z.string().optional().meta({ description: 'Of a denial' }),
    http_status: z.int().min(200).max(511).optional().meta({ description: 'Of a denial; 403 when left out' }),
    request_headers_to_remove: z.array(z.string()).optional(),
    response_headers_to_add: headers.optional(),
    query_parameters_to_set: query.optional(),
    query_parameters_to_remove: z.array(z.string()).optional(),
    dynamic_metadata: z
      .record(z.string(), anything)
      .optional()
      .meta({ description: 'Not decision_id, release, countersign' }),
    hold: hold.optional().meta({ description: 'Wait for people; beside "allowed": false' }),
    mask: mask.optional(),
    record: record.optional(),
    reason: z.string().optional(),
    rule: z.string().optional(),
    labels: z.record(z.string(), anything).optional(),
    carry: z.record(z.string(), anything).optional().meta({ description: '2 KiB of JSON at most' }),
    release: z.enum(['full', 'skip']).optional(),
  });
  return z.union([z.boolean(), object]).meta({ title: 'result of the decision' });
}

/** What `envoy/authz/response` may answer. */
export function responseResultSchema({ mask, record }: Pick<Obligations, 'mask' | 'record'>) {
  const object = z.strictObject({
    allowed: z.boolean(),
    rule: z.string().optional(),
    reason: z.string().optional(),
    http_status: z.union([z.literal(403), z.literal(502)]).optional(),
    mask: mask.optional(),
    record: record.optional(),
  });
  return z.union([z.boolean(), object]).meta({ title: 'result of envoy/authz/response' });
}
