import { createHash } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { type Header, headerText, type Principal, type Request } from '../request.ts';

/** What the policy's answer changes in the request before it goes upstream (threat 15). */
export interface Mutations {
  readonly headersToSet: readonly (readonly [string, string])[];
  readonly headersToRemove: readonly string[];
  readonly queryToSet: readonly (readonly [string, string])[];
  readonly queryToRemove: readonly string[];
}

/** What an approval is bound to. */
export interface DigestParts {
  readonly request: Request;
  readonly principal: Principal;
  readonly mutations: Mutations;
  /** Lower-case names that the policy leaves out. */
  readonly ignoreHeaders: readonly string[];
}

/** Domain separator and version of the encoding. */
const domain = 'countersign.dev/hold/request/v1';

/**
 * Headers that differ between two sendings of the same request, or that change nothing but the hop (holds.md). The
 * credential is added to them only where the principal was read from it; `cookie` never is: it may carry another
 * authority than the principal's.
 */
const excluded: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding'],
  ...['traceparent', 'tracestate', 'b3', 'uber-trace-id', 'sentry-trace', 'x-amzn-trace-id'],
  ...['x-request-id', 'x-client-trace-id', 'x-ot-span-context', 'x-cloud-trace-context', 'grpc-trace-bin'],
  ...['date', 'user-agent', 'content-length', 'proxy-authorization'],
  ...['countersign-justification', 'countersign-break-glass'],
]);

const excludedPrefixes = ['x-b3-', 'x-datadog-'];

/** Bytes, text or a list of them. */
type Part = Uint8Array | string | readonly Part[];

/**
 * Hex SHA-256 over everything that an approval is bound to (threat 3): method, scheme, authority, raw path and query,
 * body, the principal with its `act` chain, every header outside a fixed list and those that the policy ignores, and
 * all changes that the policy makes to the request. Each part is length-prefixed, so that no two requests share an
 * encoding. Headers count in order of name; of one name, in the order of arrival.
 * @throws CountersignError `hold_impossible` when the body was not seen whole, trailers are announced, or nobody was
 * identified
 */
export function requestDigest({ request, principal, mutations, ignoreHeaders }: DigestParts): string {
  const body = holdable(request, principal);
  const left = headersLeftOut(request, principal, ignoreHeaders);
  const parts: Part = [
    domain,
    request.method,
    request.scheme,
    request.authority,
    request.path,
    body,
    [principal.issuer, principal.id, principal.actors.map(({ issuer, id }) => [issuer, id])],
    request.headers
      .filter(({ name }) => !left(name))
      .toSorted(byName)
      .map(({ name, value }) => [name, value]),
    [mutations.headersToSet, mutations.headersToRemove, mutations.queryToSet, mutations.queryToRemove],
  ];
  return createHash('sha256')
    .update(Buffer.concat(encode(parts)))
    .digest('hex');
}

function holdable(request: Request, principal: Principal): Buffer {
  if (principal.method === 'none')
    throw impossible('nobody was identified: only a request of a verified identity can wait for approval');
  if (request.body === null)
    throw impossible(
      'its body was not seen whole, so nobody can approve it: see with_request_body in docs/operators.md',
    );
  if (!/^[\x21-\x7e]*$/.test(request.path + request.authority))
    throw impossible('its path or authority has bytes that are not printable ASCII: send them percent-encoded');
  // Envoy announces none where it removes them: the operator's word (exchange/held.ts asks for it).
  if (request.extensions['countersign.trailers'] !== 'removed' && request.headers.some(announcesTrailers))
    throw impossible('it announces trailers, which come after the approval: send it without te and trailer');
  return request.body;
}

/** RFC 9110 sections 6.6.2 and 10.1.4. */
function announcesTrailers({ name, value }: Header): boolean {
  return name === 'trailer' || (name === 'te' && /trailers/i.test(value.toString('latin1')));
}

function headersLeftOut(request: Request, principal: Principal, ignored: readonly string[]): (name: string) => boolean {
  const bearer = /^bearer /i.test(headerText(request.headers, 'authorization') ?? '');
  const single = request.headers.filter(({ name }) => name === 'authorization').length === 1;
  const stands = principal.method === 'jwt' && bearer && single;
  const names = new Set([...excluded, ...ignored, ...(stands ? ['authorization'] : [])]);
  return (name) => names.has(name) || excludedPrefixes.some((prefix) => name.startsWith(prefix));
}

function byName(a: Header, b: Header): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** `00 | u32be bytes | bytes` for bytes and text, `01 | u32be items | items` for a list. */
function encode(part: Part): Buffer[] {
  if (typeof part === 'string') return encode(utf8(part));
  if (part instanceof Uint8Array) return [prefix(0, part.length), Buffer.from(part)];
  return [prefix(1, part.length), ...part.flatMap(encode)];
}

function prefix(tag: number, count: number): Buffer {
  const bytes = Buffer.alloc(5, tag);
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

/** Lone surrogates would all become U+FFFD, and two texts one encoding. */
function utf8(text: string): Buffer {
  if (!text.isWellFormed()) throw impossible('it is not well-formed Unicode');
  return Buffer.from(text, 'utf8');
}

function impossible(why: string): CountersignError {
  return new CountersignError('hold_impossible', `the request can not be held: ${why}`);
}
