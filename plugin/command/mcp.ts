import type { Json, JsonObject } from '../request.ts';
import { type Command, unparsed } from './command.ts';
import { jsonBody, overriding, plainJson, type Seen, single } from './seen.ts';

/** Messages in one batch. */
const batchLimit = 100;

/**
 * What a request says to a server of the Model Context Protocol (Streamable HTTP,
 * https://modelcontextprotocol.io/specification), one command per JSON-RPC message:
 *
 * - `type`: `request`, `notification`, `response`; `stream` for a GET that listens, `end` for a DELETE of the session
 * - `method`; `id` of a request or a response; `batch`: it came in an array
 * - `tool`, `arguments` of `tools/call`; `prompt`, `arguments` of `prompts/get`; `uri` of `resources/*`;
 *   `level` of `logging/setLevel`
 * - `session`, `protocol`: the headers `mcp-session-id` and `mcp-protocol-version`, null without
 */
export function mcp(request: Seen): readonly Command[] {
  const session = single(request, 'mcp-session-id');
  const protocol = single(request, 'mcp-protocol-version');
  const override = overriding(request);
  if (override !== null) return [unparsed(`the header ${override} changes what the request means`)];
  if (session === undefined || protocol === undefined) return [unparsed('a header of MCP stands there twice')];
  const common = { kind: 'mcp', session, protocol };
  const type = bodiless[request.method];
  if (type !== undefined) return [{ ...common, type }];
  if (request.method !== 'POST') return [unparsed('MCP knows POST, GET and DELETE')];
  const read = jsonBody(request, plainJson);
  if ('reason' in read) return [unparsed(read.reason)];
  const batch = Array.isArray(read.value);
  const messages: readonly Json[] = Array.isArray(read.value) ? read.value : [read.value];
  if (messages.length === 0) return [unparsed('the batch is empty')];
  if (messages.length > batchLimit) return [unparsed(`the batch has more than ${batchLimit} messages`)];
  return messages.map((message) => {
    const facts = factsOf(message);
    if (typeof facts === 'string') return unparsed(facts);
    return contradicted(request, facts) ?? { ...common, batch, ...facts };
  });
}

/** Requests of the transport that carry no message. */
const bodiless: Readonly<Record<string, string>> = { GET: 'stream', DELETE: 'end' };

/** Headers in which newer clients repeat what the body says, and the members that they repeat. */
const repeated: readonly (readonly [header: string, members: readonly string[]])[] = [
  ['mcp-method', ['method']],
  ['mcp-name', ['tool', 'prompt', 'uri']],
];

/** A gateway or server may go by the header: where it says something else, nobody knows what runs. */
function contradicted(request: Seen, facts: JsonObject): Command | null {
  for (const [header, members] of repeated) {
    const said = single(request, header);
    if (said === null) continue;
    if (said === undefined || !members.some((member) => facts[member] === said))
      return unparsed(`the header ${header} does not say what the body says`);
  }
  return null;
}

/** The facts of one message, or why it is none (JSON-RPC 2.0, https://www.jsonrpc.org/specification). */
function factsOf(message: Json): JsonObject | string {
  if (!isObject(message) || message.jsonrpc !== '2.0') return 'a message is not JSON-RPC 2.0';
  const { id, method, params } = message;
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') return 'an id is no text and no number';
  if (method === undefined) return responseOf(message);
  if (typeof method !== 'string') return 'a method is no text';
  if ('result' in message || 'error' in message) return 'a message is both a request and a response';
  if (params !== undefined && !isObject(params)) return 'params are not an object';
  const facts = id === undefined ? { type: 'notification', method } : { type: 'request', method, id };
  const read = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (read === undefined) return facts;
  const more = read(params ?? {});
  return typeof more === 'string' ? more : { ...facts, ...more };
}

function responseOf({ id, result, error }: JsonObject): JsonObject | string {
  if (id === undefined || (result === undefined) === (error === undefined))
    return 'a message is neither a request nor a response';
  return { type: 'response', id };
}

type ReadParams = (params: JsonObject) => JsonObject | string;

/** What the methods whose parameters matter say. */
const methods: Readonly<Record<string, ReadParams>> = {
  'tools/call': (params) => named('tool', params),
  'prompts/get': (params) => named('prompt', params),
  'resources/read': resource,
  'resources/subscribe': resource,
  'resources/unsubscribe': resource,
  'logging/setLevel': ({ level }) => (typeof level === 'string' ? { level } : 'a level is no text'),
};

function named(member: string, params: JsonObject): JsonObject | string {
  const { name, arguments: given = {} } = params;
  if (typeof name !== 'string' || name === '') return `the ${member} has no name`;
  return isObject(given) ? { [member]: name, arguments: given } : 'arguments are not an object';
}

function resource({ uri }: JsonObject): JsonObject | string {
  return typeof uri === 'string' ? { uri } : 'a resource has no URI';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
