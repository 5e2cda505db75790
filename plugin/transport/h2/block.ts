import { errorCode, flag, frameType } from './frames.ts';

/** A header block that is whole: RFC 9113 section 4.3. */
export interface HeaderBlock {
  readonly stream: number;
  readonly endStream: boolean;
  readonly bytes: Buffer;
}

/** HEADERS and its CONTINUATIONs put together; nothing else may stand between them (section 6.10). */
export interface BlockReader {
  /** A block is begun: only CONTINUATION of this stream may come. */
  readonly open: number | null;
  /** The whole block, null while it goes on, or the error code that ends the connection. */
  headers(flags: number, stream: number, fragment: Buffer): HeaderBlock | number | null;
  continuation(flags: number, stream: number, fragment: Buffer): HeaderBlock | number | null;
}

/** @param maxBytes of a block as it is on the wire; the list that it becomes has its own bound */
export function openBlockReader(maxBytes: number): BlockReader {
  let open: { stream: number; endStream: boolean; fragments: Buffer[]; bytes: number } | null = null;

  function add(flags: number, fragment: Buffer): HeaderBlock | number | null {
    if (open === null) return errorCode.protocol;
    open.bytes += fragment.length;
    if (open.bytes > maxBytes) return errorCode.enhanceYourCalm;
    if ((flags & flag.endHeaders) === 0) {
      // Kept beyond this read: a view would keep the whole slab.
      open.fragments.push(Buffer.from(fragment));
      return null;
    }
    const { stream, endStream, fragments } = open;
    open = null;
    return { stream, endStream, bytes: fragments.length === 0 ? fragment : Buffer.concat([...fragments, fragment]) };
  }

  return {
    get open() {
      return open?.stream ?? null;
    },
    headers(flags, stream, fragment) {
      open = { stream, endStream: (flags & flag.endStream) !== 0, fragments: [], bytes: 0 };
      return add(flags, fragment);
    },
    continuation: (flags, stream, fragment) => (open?.stream === stream ? add(flags, fragment) : errorCode.protocol),
  };
}

/** A payload without its padding (section 6.1), or null when there is more padding than payload. */
export function unpadded(flags: number, payload: Buffer): Buffer | null {
  if ((flags & flag.padded) === 0) return payload;
  const padding = payload[0];
  return padding === undefined || padding >= payload.length ? null : payload.subarray(1, payload.length - padding);
}

/** Bytes of the priority fields of HEADERS and of PRIORITY: deprecated (section 5.3.2), read over. */
export const priorityLength = 5;

/** Whether a frame of this type carries flow-controlled bytes or a block, and so may not stand on stream 0. */
export const needsStream: ReadonlySet<number> = new Set([
  frameType.data,
  frameType.headers,
  frameType.priority,
  frameType.rstStream,
  frameType.continuation,
]);
