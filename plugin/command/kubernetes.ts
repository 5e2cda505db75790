import type { JsonObject } from '../request.ts';
import { type Command, unparsed } from './command.ts';
import { contentOf } from './kubernetes/content.ts';
import { isOn, type Target, targetOf } from './kubernetes/path.ts';
import { overriding, type Seen, single } from './seen.ts';

/**
 * What a request asks of a Kubernetes API server, as the server itself reads method, path and query:
 *
 * - `verb` (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `proxy`), `group`,
 *   `version`, `resource`, `subresource`, `namespace`, `name`, `rest`; or `resource_request: false` with `verb` and `path`
 * - `exec` of exec and attach: `command`, `container`, `stdin`, `tty`; `ports` of portforward
 * - `impersonate`: `user`, `groups`, `uid`, `extra`; `dry_run`; `all_namespaces` of a list without one
 * - of a body: see `contentOf`
 */
export function kubernetes(request: Seen): readonly Command[] {
  const override = overriding(request);
  if (override !== null) return [unparsed(`the header ${override} changes what the request means`)];
  const mark = request.path.indexOf('?');
  const query = queryOf(mark < 0 ? '' : request.path.slice(mark + 1));
  if (query === null) return [unparsed('the query is not written plainly')];
  const target = targetOf(request.method, mark < 0 ? request.path : request.path.slice(0, mark), query);
  if ('reason' in target) return [unparsed(target.reason)];
  const impersonate = impersonation(request);
  if (impersonate === undefined)
    return [unparsed('a header of impersonation stands there twice, or joins several values')];
  const content = target.resource_request ? contentOf(request, target.verb, target.subresource) : {};
  if (typeof content.reason === 'string') return [unparsed(content.reason)];
  return [
    {
      kind: 'kubernetes',
      ...target,
      ...connection(target, query),
      ...(impersonate === null ? {} : { impersonate }),
      dry_run: query.getAll('dryRun').join() === 'All' && !takesOptionsFromBody(request, target),
      ...content,
    },
  ];
}

/** Of a delete with a body the API server reads the options there, and none in the query: what they say is not looked for. */
function takesOptionsFromBody({ body }: Seen, { verb }: Target): boolean {
  return (verb === 'delete' || verb === 'deletecollection') && body?.length !== 0;
}

/** Values in one query. */
const valueLimit = 256;

/** Go drops a pair with a semicolon or a bad escape; others do not. */
function queryOf(text: string): URLSearchParams | null {
  if (/[;\p{Cc}]|%(?![0-9A-Fa-f]{2})/u.test(text)) return null;
  const query = new URLSearchParams(text);
  return query.size > valueLimit || [...query.values()].some((value) => value.includes('\ufffd')) ? null : query;
}

/** What a connection into a pod carries: only the query says so. */
function connection({ resource, subresource }: Target, query: URLSearchParams): JsonObject {
  if (subresource === 'exec' || subresource === 'attach')
    return {
      exec: {
        command: query.getAll('command'),
        container: query.get('container') ?? '',
        stdin: isOn(query, 'stdin'),
        tty: isOn(query, 'tty'),
      },
    };
  return resource === 'pods' && subresource === 'portforward' ? { ports: query.getAll('ports') } : {};
}

/** Whom the request asks to be taken for; null for nobody, undefined when that can't be told. */
function impersonation(request: Seen): JsonObject | null | undefined {
  const headers = request.headers.filter(({ name }) => name.startsWith('impersonate-'));
  if (headers.length === 0) return null;
  const user = single(request, 'impersonate-user');
  const uid = single(request, 'impersonate-uid');
  if (user === undefined || uid === undefined) return undefined;
  // Without raw headers Envoy joins lines of one name by a comma: two groups would be seen as one.
  if (headers.some(({ value }) => value.includes(','))) return undefined;
  return {
    user: user ?? '',
    uid: uid ?? '',
    groups: headers.filter(({ name }) => name === 'impersonate-group').map(({ value }) => value),
    extra: headers.flatMap(({ name }) => /^impersonate-extra-(.+)$/.exec(name)?.[1] ?? []),
  };
}
