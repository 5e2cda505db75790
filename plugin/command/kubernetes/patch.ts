import type { Json } from '../../request.ts';
import { isObject } from './pod.ts';

/**
 * A JSON patch (RFC 6902) as what it sets: each value under the path that it goes to, so that it reads like a merge
 * patch. Null for one whose effect depends on what is there (`copy`, `move`), and for what is no patch.
 */
export function patchContent(patch: Json): Json | null {
  if (!Array.isArray(patch)) return null;
  const contents: Json[] = [];
  for (const operation of patch as readonly Json[]) {
    if (!isObject(operation)) return null;
    const { op, path, value } = operation;
    if (typeof op !== 'string' || typeof path !== 'string') return null;
    const reads = op === 'remove' || op === 'test';
    if (!reads && ((op !== 'add' && op !== 'replace') || value === undefined)) return null;
    if (!reads) contents.push(placed(path, value ?? null));
  }
  return contents;
}

/** `/spec/containers/0/privileged` and `true` as `{spec: {containers: [{privileged: true}]}}`. */
function placed(pointer: string, value: Json): Json {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduceRight<Json>(
    (content, step) => (/^(-|[0-9]+)$/.test(step) ? [content] : Object.fromEntries([[step, content]])),
    value,
  );
}
