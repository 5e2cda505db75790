/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Bytes of an answer at most: a stamp with its certificates takes some 5,000. */
const answerLimit = 65_536;

/**
 * Posts to somebody outside. Redirects are not followed; an answer that is too long is an error.
 * @throws an error with the reason, also when `signal` ends it
 */
export async function post(url: string, type: string, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type },
    body: new Uint8Array(body),
    redirect: 'error',
    signal,
  }).catch((error: unknown) => {
    // "fetch failed" alone tells an operator nothing.
    throw new Error(`${new URL(url).host} can't be reached: ${reasonOf(error)}`, { cause: error });
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > answerLimit) throw new Error(`the answer is longer than ${answerLimit} bytes`);
    chunks.push(chunk);
  }
  return { status: response.status, body: Buffer.concat(chunks) };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
