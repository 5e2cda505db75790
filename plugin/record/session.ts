import { createHash } from 'node:crypto';
import { headerText, type Principal, type Request } from '../request.ts';

/** The series of exchanges that one request belongs to. */
export interface Session {
  /** 32 hexadecimal digits; a session id as sent may itself be a secret. */
  readonly key: string;
  /** What named it: a configured header, `traceparent`, or the caller's connection. */
  readonly source: string;
}

/** W3C Trace Context level 1, section 3.2: version, trace id, parent id, flags. */
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const noTrace = '0'.repeat(32);

/**
 * The session of a request: by the first of `headers` that came, else the trace id, else the connection. The key is
 * taken together with the principal and its `act` chain, so that another's id starts another session (policy.md).
 */
export function sessionOf(request: Request, principal: Principal, headers: readonly string[]): Session {
  const { source, value } = named(request, headers);
  const parts = [
    source,
    value,
    principal.issuer,
    principal.id,
    ...principal.actors.flatMap(({ issuer, id }) => [issuer, id]),
  ];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return { key: hash.digest('hex').slice(0, 32), source };
}

function named(request: Request, headers: readonly string[]): { readonly source: string; readonly value: string } {
  for (const header of headers) {
    const name = header.toLowerCase();
    const value = headerText(request.headers, name)?.trim();
    if (value) return { source: name, value };
  }
  const trace = traceparent.exec(headerText(request.headers, 'traceparent')?.trim() ?? '')?.[1];
  if (trace !== undefined && trace !== noTrace) return { source: 'traceparent', value: trace };
  return { source: 'connection', value: request.source };
}
