import { type DocumentNode, parse } from 'graphql';
import type { Json, JsonObject } from '../request.ts';
import { type Command, unparsed } from './command.ts';
import { operationFacts, selectOperation } from './graphql/operation.ts';
import { readStrictJson } from './json.ts';
import { jsonBody, overriding, plainJson, type Seen } from './seen.ts';

/** Operations in one batch, and tokens in one document. */
const batchLimit = 50;
const tokenLimit = 10_000;

/**
 * What a request asks of a GraphQL server (https://graphql.github.io/graphql-over-http), one command per operation that
 * would run: `operation` (see `operationFacts`), `variables`, and `batch` when it came in an array. A query that is not
 * in the request (a persisted one) is `unparsed`.
 */
export function graphql(request: Seen): readonly Command[] {
  const override = overriding(request);
  if (override !== null) return [unparsed(`the header ${override} changes what the request means`)];
  const read = request.method === 'GET' ? fromQuery(request.path) : fromBody(request);
  if ('reason' in read) return [unparsed(read.reason)];
  const batch = Array.isArray(read.value);
  const asked: readonly Json[] = Array.isArray(read.value) ? read.value : [read.value];
  if (asked.length === 0) return [unparsed('the batch is empty')];
  if (asked.length > batchLimit) return [unparsed(`the batch has more than ${batchLimit} operations`)];
  return asked.map((one) => {
    const facts = factsOf(one, request.method === 'GET');
    return typeof facts === 'string' ? unparsed(facts) : { kind: 'graphql', batch, ...facts };
  });
}

type Read = { readonly value: Json } | { readonly reason: string };

/** Parameters of a request, in the body or in the query. */
const parameters = ['query', 'operationName', 'variables', 'extensions'];

function fromBody(request: Seen): Read {
  if (request.method !== 'POST') return { reason: 'GraphQL knows POST and GET' };
  const mark = request.path.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : request.path.slice(mark + 1));
  const doubled = [...query.keys()].some((name) => parameters.includes(name));
  return doubled ? { reason: 'the query has a parameter that the body has too' } : jsonBody(request, plainJson);
}

function fromQuery(path: string): Read {
  const mark = path.indexOf('?');
  const text = mark < 0 ? '' : path.slice(mark + 1);
  if (/[;\p{Cc}]|%(?![0-9A-Fa-f]{2})/u.test(text)) return { reason: 'the query is not written plainly' };
  const query = new URLSearchParams(text);
  const members: Record<string, Json> = {};
  for (const name of parameters) {
    const [value, ...others] = query.getAll(name);
    if (others.length > 0) return { reason: 'the query has a parameter twice' };
    if (value === undefined) continue;
    if (value.includes('\ufffd')) return { reason: 'the query is not valid UTF-8' };
    if (name === 'query' || name === 'operationName') members[name] = value;
    else {
      const read = readStrictJson(Buffer.from(value), true);
      if ('reason' in read) return read;
      members[name] = read.value;
    }
  }
  return { value: members };
}

/** Facts of one member of a batch, or why nobody can be sure of it. */
function factsOf(asked: Json, safe: boolean): JsonObject | string {
  if (!isObject(asked)) return 'an operation is not an object';
  const { query, operationName = null, variables = null, extensions = null } = asked;
  if (isObject(extensions) && extensions.persistedQuery !== undefined) return 'the query is a persisted one';
  if (typeof query !== 'string') return 'the query is not in the request';
  if (operationName !== null && typeof operationName !== 'string') return 'operationName is no text';
  if (variables !== null && !isObject(variables)) return 'variables are not an object';
  try {
    const document = parse(query, { maxTokens: tokenLimit, noLocation: true });
    const facts = describe(document, operationName, safe);
    return typeof facts === 'string' ? facts : { ...facts, variables: variables ?? {} };
  } catch {
    return 'the query is not GraphQL, or too long';
  }
}

function describe(document: DocumentNode, name: string | null, safe: boolean): JsonObject | string {
  const operation = selectOperation(document, name);
  if (operation === null) return 'the query does not say which of its operations runs';
  // A GET must not change anything; servers differ over whether they refuse one that would.
  if (safe && operation.operation !== 'query') return 'a GET runs queries only';
  const facts = operationFacts(document, operation);
  return typeof facts === 'string' ? facts : { operation: facts };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
