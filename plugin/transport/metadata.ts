/** gRPC's use of HTTP headers (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */

/** Milliseconds in each unit of `grpc-timeout`. */
const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds since 1970 at which a `grpc-timeout` that arrived at `now` ends; null without one, or when it is none. */
export function deadlineOf(timeout: string | undefined, now: number): number | null {
  const parts = /^([0-9]{1,8})([HMSmun])$/.exec(timeout ?? '');
  const unit = units[parts?.[2] ?? ''];
  return unit === undefined ? null : now + Number(parts?.[1]) * unit;
}

/** Request headers as metadata: no pseudo headers, repeated ones joined. */
export function metadataOf(headers: Readonly<Record<string, string | readonly string[] | undefined>>) {
  const metadata: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    metadata[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return metadata;
}

/** `grpc-message`: what is not printable ASCII, and `%`, percent-encoded as UTF-8. */
export function encodeMessage(message: string): string {
  return message.replace(/[^\x20-\x24\x26-\x7e]+/g, (run) =>
    Array.from(Buffer.from(run), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
