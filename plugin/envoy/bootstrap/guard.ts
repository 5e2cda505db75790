import type { Json, JsonObject } from '../../request.ts';
import { at, isObject, list, on, typeOf } from './document.ts';
import type { Edge, Finding } from './edge.ts';

const options = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const mutation = 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation';
/** What replaces a status that stands there. In trailers it must also add one. */
const replaces = { headers: /^OVERWRITE_IF_EXISTS(_OR_ADD)?$/, trailers: /^OVERWRITE_IF_EXISTS_OR_ADD$/ };

/** The guard: a clean end of the ext_proc stream must not pass the rest unmasked. */
export function judgeGuard(document: Json, edge: Edge): Finding[] {
  if (!edge.release) return [];
  const name = at(edge.release, 'grpc_service', 'envoy_grpc', 'cluster_name');
  if (typeof name !== 'string')
    return finding(
      edge.where,
      'ext_proc must reach its service by grpc_service.envoy_grpc: nothing else can be guarded',
    );
  const clusters = list(at(document, 'static_resources', 'clusters')).filter(isObject);
  const cluster = clusters.find((it) => it.name === name);
  if (!cluster)
    return finding(`cluster ${name}`, 'the cluster of ext_proc is not in this file: its guard can not be checked');
  return guarded(cluster)
    ? []
    : finding(
        `cluster ${name}`,
        'the guard is missing or off: without the header_mutation filter that overwrites grpc-status with an error in headers and trailers, a clean end of the stream passes the rest unmasked',
      );
}

function finding(where: string, message: string): Finding[] {
  return [{ check: 'guard', where, message }];
}

/** True when some filter that always runs turns each end into an error, and none turns it back. */
function guarded(cluster: JsonObject): boolean {
  const filters = list(at(cluster, 'typed_extension_protocol_options', options, 'http_filters'))
    .filter(isObject)
    .filter((it) => !on(it.disabled) && !on(it.is_optional))
    .map((it) => it.typed_config)
    .filter(isObject)
    .filter((it) => typeOf(it).endsWith(mutation));
  const every = (part: string, action: RegExp): boolean => {
    const appends = filters.flatMap((it) => statuses(at(it, 'mutations', part)));
    return appends.length > 0 && appends.every((it) => fails(it, action));
  };
  return every('response_mutations', replaces.headers) && every('response_trailers_mutations', replaces.trailers);
}

/** Whatever is appended as a `grpc-status`. */
function statuses(mutations: Json | undefined): JsonObject[] {
  return list(mutations)
    .map((it) => at(it, 'append'))
    .filter(isObject)
    .filter((it) => String(at(it, 'header', 'key')).toLowerCase() === 'grpc-status');
}

/** True for one that leaves a status of gRPC other than 0, whatever was there. */
function fails(append: JsonObject, action: RegExp): boolean {
  const value = at(append, 'header', 'value');
  return (
    Object.keys(append).every((key) => key === 'header' || key === 'append_action') &&
    action.test(String(append.append_action)) &&
    /^([1-9]|1[0-6])$/.test(String(value))
  );
}
