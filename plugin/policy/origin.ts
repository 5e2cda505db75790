import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CountersignError } from '../errors.ts';

/** Where bundles come from. */
export interface Origin {
  /**
   * What is there now, or null when it is what it was at the last call that was `kept`.
   * @throws CountersignError `policy_missing` when nothing can be had
   */
  look(): Promise<Found | null>;
  /** What served last, from before a restart; null where there is none, or where the source itself is at hand. */
  readonly lastGood: string | null;
}

/** A bundle that was found. */
export interface Found {
  /** A path that can be loaded. */
  readonly path: string;
  /** It is in force: look for another from here on, and keep it for a restart. */
  kept(): Promise<void>;
  /** It does not serve: look for another from here on. */
  refused(): Promise<void>;
}

/** A folder or a file: it has changed when a name, a size or a time of change has. */
export function localOrigin(source: string): Origin {
  let last = '';
  return {
    lastGood: null,
    async look() {
      const mark = await markOf(source);
      if (mark === last) return null;
      const settle = async () => {
        last = mark;
      };
      return { path: source, kept: settle, refused: settle };
    },
  };
}

async function markOf(source: string): Promise<string> {
  const found = await stat(source).catch(() => null);
  if (found === null) return 'missing';
  if (!found.isDirectory()) return `${found.mtimeMs} ${found.size} ${found.ino}`;
  const hash = createHash('sha256');
  for (const name of (await readdir(source, { recursive: true })).sort()) {
    const entry = await stat(join(source, name)).catch(() => null);
    if (entry?.isFile()) hash.update(`${name}\0${entry.mtimeMs} ${entry.size} ${entry.ino}\0`);
  }
  return hash.digest('hex');
}

/** How a bundle service is asked. */
export interface RemoteOptions {
  readonly url: string;
  /** Folder for what came: 0700, ours alone. */
  readonly folder: string;
  /** File with the bearer token, read at each asking, so that it may be rotated. */
  readonly tokenFile: string | null;
  /** Milliseconds for one answer, its body included. */
  readonly deadline: number;
}

/** Bytes of a bundle's archive at most. */
const archiveLimit = 64 * 1_048_576;

/** OPA's bundle service (https://www.openpolicyagent.org/docs/latest/management-bundles/): ETags, no redirects. */
export function remoteOrigin(options: RemoteOptions): Origin {
  const lastGood = join(options.folder, 'bundle.tar.gz');
  const incoming = join(options.folder, 'incoming.tar.gz');
  let etag: string | null = null;
  return {
    lastGood,
    async look() {
      const response = await ask(options, etag);
      if (response === null) return null;
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      await writeFile(incoming, response.bytes, { mode: 0o600 });
      const remember = () => {
        etag = response.etag;
      };
      return {
        path: incoming,
        async kept() {
          await rename(incoming, lastGood);
          remember();
        },
        async refused() {
          await rm(incoming, { force: true });
          remember();
        },
      };
    },
  };
}

async function ask(
  { url, tokenFile, deadline }: RemoteOptions,
  etag: string | null,
): Promise<{ readonly bytes: Buffer; readonly etag: string | null } | null> {
  try {
    const headers: Record<string, string> = { accept: 'application/gzip, application/octet-stream' };
    if (etag !== null) headers['if-none-match'] = etag;
    if (tokenFile !== null) headers.authorization = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
    const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(deadline) });
    if (response.status === 304 && etag !== null) return null;
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return { bytes: await bodyOf(response), etag: response.headers.get('etag') };
  } catch (error) {
    const why =
      error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : 'no answer';
    throw new CountersignError('policy_missing', `no bundle from ${new URL(url).origin}: ${why}`, { cause: error });
  }
}

async function bodyOf(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > archiveLimit) throw new Error(`it is larger than ${archiveLimit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
