import { type Header, headerText } from '../../request.ts';
import type { wire } from '../wire/wire.js';
import { bufferOf } from './headers.ts';

/** Envoy's own header: `false` when the body in the Check is whole. It drops one that a caller sends. */
export const partialBodyHeader = 'x-envoy-auth-partial-body';

/** A route's `context_extensions` may say that ext_authz buffers its bodies, so that no body in a Check means no body. */
const bodyExtension = 'countersign.body';
const routeExtension = 'countersign.route';

/**
 * The whole body of a request, or null when nobody knows what it says (threat 8).
 *
 * Known, because Envoy says so: `x-envoy-auth-partial-body: false`, which it adds when it buffered a body and all of it
 * is in the Check. A body in `body` (without `pack_as_bytes`) had its bytes that are not UTF-8 replaced by `!`, so it
 * counts only when it has no `!`: else two bodies would be told apart by nobody.
 *
 * Without that header Envoy buffered nothing, either since there was nothing or since the route or an upgrade turned
 * buffering off. Empty is proved by:
 * - `content-length: 0` and no `transfer-encoding`: Envoy's codecs hold a message to its length;
 * - without a length only by the operator's word, `countersign.body: buffered` in `context_extensions`, and never on a
 *   tunnel route, which has buffering off: no Check shows HTTP/2's framing, and Envoy takes an HTTP/1 request's
 *   `transfer-encoding` away before the Check, so that a chunked one looks as if it had no body.
 * `size` proves nothing: it is the count of body bytes received so far, 0 when the head has just come.
 */
export function bodyOf(
  http: wire.AttributeContext.HttpRequest.$Properties,
  headers: readonly Header[],
  extensions: Readonly<Record<string, string>>,
): Buffer | null {
  if (isUpgrade(http.method ?? '', headers)) return null;
  const partial = headers.filter(({ name }) => name === partialBodyHeader);
  if (partial.length > 0) return partial.every(({ value }) => value.equals(whole)) ? shown(http) : null;
  if ((http.rawBody?.length ?? 0) > 0 || (http.body ?? '') !== '') return null;
  return provablyEmpty(headers, extensions) ? Buffer.alloc(0) : null;
}

const whole = Buffer.from('false');

/** What follows an upgrade or CONNECT is a tunnel, not a body. */
function isUpgrade(method: string, headers: readonly Header[]): boolean {
  return method === 'CONNECT' || headers.some(({ name }) => name === 'upgrade' || name === ':protocol');
}

function shown(http: wire.AttributeContext.HttpRequest.$Properties): Buffer | null {
  const raw = http.rawBody;
  if (raw != null && raw.length > 0) return bufferOf(raw);
  const text = http.body ?? '';
  return text.includes('!') ? null : Buffer.from(text);
}

function provablyEmpty(headers: readonly Header[], extensions: Readonly<Record<string, string>>): boolean {
  if (headerText(headers, 'transfer-encoding') !== undefined) return false;
  const lengths = headers.filter(({ name }) => name === 'content-length');
  if (lengths.length > 0) return lengths.every(({ value }) => value.toString('latin1') === '0');
  return extensions[bodyExtension] === 'buffered' && extensions[routeExtension] !== 'tunnel';
}
