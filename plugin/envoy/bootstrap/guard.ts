import type { Json } from '../../request.ts';
import { at, find, isObject, list, typeOf } from './document.ts';
import type { Edge, Finding } from './edge.ts';

/** The guard: a clean end of the ext_proc stream must not pass the rest unmasked. */
export function judgeGuard(document: Json, edge: Edge): Finding[] {
  const name = edge.release && at(edge.release, 'grpc_service', 'envoy_grpc', 'cluster_name');
  if (typeof name !== 'string') return [];
  const clusters = list(at(document, 'static_resources', 'clusters')).filter(isObject);
  const cluster = clusters.find((it) => it.name === name);
  if (!cluster)
    return [
      {
        check: 'guard',
        where: `cluster ${name}`,
        message: 'the cluster of ext_proc is not in this file: its guard can not be checked',
      },
    ];
  const guarded = find(cluster, (it) => typeOf(it).endsWith('header_mutation.v3.HeaderMutation')).some((it) => {
    const text = JSON.stringify(it);
    return (
      text.includes('"grpc-status"') &&
      text.includes('"response_mutations"') &&
      text.includes('"response_trailers_mutations"')
    );
  });
  return guarded
    ? []
    : [
        {
          check: 'guard',
          where: `cluster ${name}`,
          message:
            'the guard is missing: without the header_mutation filter that turns grpc-status into an error, a clean end of the stream passes the rest unmasked',
        },
      ];
}
