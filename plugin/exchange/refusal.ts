import { headerText, type Json, type Request } from '../request.ts';
import type { Deny } from './answer.ts';
import { type Problem, problemAnswer, problemBody } from './answer.ts';
import { grpcStatus } from './grpc-status.ts';

/** What a refusal looks like to the client of a protocol. */
type Shape = (request: Request, problem: Problem) => Deny;

const shapes: Readonly<Record<string, Shape>> = { mcp: mcpRefusal, grpc: grpcRefusal };

/**
 * A refusal in the protocol that the route speaks (`countersign.command: mcp` or `grpc` in its `context_extensions`, or
 * `content-type: application/grpc`), so that the caller's own client shows it; a problem document for all else.
 */
export function refusal(request: Request, problem: Problem): Deny {
  return (shapes[protocolOf(request)] ?? ((_, other) => problemAnswer(other)))(request, problem);
}

function protocolOf({ extensions, headers }: Request): string {
  const isGrpc = /^application\/grpc(\+|;|$)/i.test(headerText(headers, 'content-type') ?? '');
  return isGrpc ? 'grpc' : (extensions['countersign.command'] ?? '');
}

/** JSON-RPC 2.0 section 5.1: -32000 to -32099 are the server's own. */
const refusedCode = -32_001;

/** Messages that one request may have: more get the problem document. */
const batchLimit = 1_000;

/**
 * An error for each request that came (JSON-RPC 2.0 section 5), with the problem document as its data. HTTP's own status
 * is 200: clients of MCP show an error of JSON-RPC, and of an HTTP status only its number. What is no request (a
 * notification, an event stream's GET) has nobody to answer, so it gets the problem document.
 */
function mcpRefusal({ body }: Request, problem: Problem): Deny {
  const plain = problemAnswer(problem);
  const ids = requestIds(body);
  if (ids.length === 0) return plain;
  const text = problem.detail === '' ? problem.title : `${problem.title}: ${problem.detail}`;
  const error = { code: refusedCode, message: text, data: JSON.parse(problemBody(problem)) as Json };
  const answers = ids.map((id) => ({ jsonrpc: '2.0', id, error }));
  const headers = plain.headers.filter(([name]) => name !== 'content-type');
  return {
    ...plain,
    httpStatus: 200,
    headers: [['content-type', 'application/json'], ...headers],
    body: JSON.stringify(isBatch(body) ? answers : answers[0]),
  };
}

function requestIds(body: Buffer | null): readonly Json[] {
  const message = parsed(body);
  const all = Array.isArray(message) ? message.slice(0, batchLimit) : [message];
  return all.flatMap((one) => {
    const { id, method } = (typeof one === 'object' && one !== null ? one : {}) as { id?: Json; method?: Json };
    return typeof method === 'string' && (typeof id === 'string' || typeof id === 'number') ? [id] : [];
  });
}

function isBatch(body: Buffer | null): boolean {
  return Array.isArray(parsed(body));
}

function parsed(body: Buffer | null): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? 'null');
  } catch {
    return null;
  }
}

/**
 * A gRPC status with details. Envoy makes `grpc-message` of the body, and 200 with `application/grpc` of the rest:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/local_reply
 */
function grpcRefusal(_: Request, problem: Problem): Deny {
  const plain = problemAnswer(problem);
  const message = problem.detail === '' ? problem.title : `${problem.title}: ${problem.detail}`;
  const headers = plain.headers.filter(([name]) => name !== 'content-type');
  const { code, details } = grpcStatus(problem, message, headers);
  return {
    ...plain,
    headers: [...headers, ['grpc-status', String(code)], ['grpc-status-details-bin', details]],
    body: message,
  };
}
