import type { Json, JsonObject } from '../../request.ts';
import { isObject } from './document.ts';

/** Settings known to be safe, or judged by a check of their own: `any` value, or those of an object. */
export interface Shape {
  readonly [key: string]: 'any' | Shape;
}

const body: Shape = { max_request_bytes: 'any', allow_partial_message: 'any', pack_as_bytes: 'any' };
const envoyGrpc: Shape = { cluster_name: 'any', authority: 'any', max_receive_message_length: 'any' };

/** Fields of `envoy.extensions.filters.http.ext_authz.v3.ExtAuthz`. */
export const authzSettings: Shape = {
  transport_api_version: 'any',
  failure_mode_allow: 'any',
  status_on_error: { code: 'any' },
  grpc_service: { envoy_grpc: envoyGrpc, timeout: 'any', retry_policy: 'any' },
  with_request_body: body,
  encode_raw_headers: 'any',
  validate_mutations: 'any',
  include_peer_certificate: 'any',
  include_tls_session: 'any',
  metadata_context_namespaces: 'any',
  typed_metadata_context_namespaces: 'any',
  route_metadata_context_namespaces: 'any',
  route_typed_metadata_context_namespaces: 'any',
  stat_prefix: 'any',
};

/** Fields of `envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor`. */
export const releaseSettings: Shape = {
  grpc_service: { envoy_grpc: envoyGrpc },
  failure_mode_allow: 'any',
  observability_mode: 'any',
  status_on_error: { code: 'any' },
  message_timeout: 'any',
  max_message_timeout: 'any',
  processing_mode: {
    request_header_mode: 'any',
    response_header_mode: 'any',
    response_body_mode: 'any',
    response_trailer_mode: 'any',
  },
  request_attributes: 'any',
  response_attributes: 'any',
  metadata_options: 'any',
  mutation_rules: { disallow_is_error: 'any' },
  stat_prefix: 'any',
};

/** Fields of `ExtAuthzPerRoute`. */
export const authzRouteSettings: Shape = {
  disabled: 'any',
  check_settings: { context_extensions: 'any', disable_request_body_buffering: 'any', with_request_body: body },
};

/** Fields of `ExtProcPerRoute`: whatever it overrides is safe only as it stands in the filter. */
export const releaseRouteSettings: Shape = { disabled: 'any' };

/** What is wrong with each setting that is not in the shape. */
export function unknownSettings(settings: JsonObject, shape: Shape, path: string): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (key === '@type' || known === 'any') return [];
    if (known === undefined) return [`${path}.${key} is not known to be safe: remove it`];
    return unknownSettings(asObject(value), known, `${path}.${key}`);
  });
}

function asObject(value: Json): JsonObject {
  return isObject(value) ? value : {};
}
