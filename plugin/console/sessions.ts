import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EntryEvent } from '../audit/log.ts';
import { CountersignError } from '../errors.ts';
import type { TokenVerifier } from '../identity/token.ts';
import type { RecordedPart } from '../record/reader.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Principal } from '../request.ts';
import { answerWith, bearerOf } from './http.ts';

/** What the routes stand on. */
export interface SessionParts {
  readonly recorder: Recorder;
  readonly verifyToken: TokenVerifier;
  /** Group whose members may read recordings. */
  readonly readers: string;
  /** Enters a `disclosure`; content is not sent before it resolves, and never when it rejects. */
  readonly disclose: (event: EntryEvent) => Promise<void>;
}

/** A part of a recording as the API sends it; bytes are base64. */
export interface PartJson {
  readonly head: unknown;
  readonly chunks: readonly { readonly at: number; readonly base64: string }[];
  readonly sha256: string;
  readonly bytes: number;
  readonly complete: boolean;
}

const prefix = '/api/v1/';

type Answer = (parts: SessionParts, reader: Principal, id: string) => Promise<unknown>;

const routes: readonly { readonly pattern: RegExp; readonly answer: Answer }[] = [
  { pattern: /^sessions$/, answer: async ({ recorder }) => ({ sessions: await recorder.sessions() }) },
  {
    pattern: /^sessions\/([0-9a-f]{1,64})$/,
    answer: async ({ recorder }, _, session) => {
      const exchanges = await recorder.exchanges(session);
      if (exchanges.length > 0) return { session, exchanges };
      throw new CountersignError('record_unknown', 'there is no such session: see "countersign sessions list"');
    },
  },
  { pattern: /^recordings\/([A-Za-z0-9-]{1,64})$/, answer: recording },
];

/**
 * `GET /api/v1/sessions`, `/api/v1/sessions/KEY` (what was asked, no content) and `/api/v1/recordings/EXCHANGE`
 * (content, each reading entered as a disclosure first). All need a bearer token of a member of `readers`. False for
 * any other path.
 */
export function sessionRoutes(parts: SessionParts): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (!path.startsWith(prefix)) return false;
    for (const { pattern, answer } of routes) {
      const match = pattern.exec(path.slice(prefix.length));
      if (match === null) continue;
      answerWith(response, handle(parts, request, answer, match[1] ?? ''));
      return true;
    }
    return false;
  };
}

async function handle(parts: SessionParts, request: IncomingMessage, answer: Answer, id: string): Promise<unknown> {
  if (request.method !== 'GET') throw new CountersignError('usage', 'recordings are read with GET');
  const reader = await parts.verifyToken(bearerOf(request));
  if (!reader.groups.includes(parts.readers))
    throw new CountersignError('forbidden', `recordings are read by members of the group ${parts.readers}`);
  return answer(parts, reader, id);
}

/** Content leaves only after its disclosure is entered, and only content that verifies. */
async function recording({ recorder, disclose }: SessionParts, reader: Principal, exchange: string): Promise<unknown> {
  const { meta, request, response } = await recorder.read(exchange);
  const { id, issuer, groups, actors } = reader;
  await disclose({
    kind: 'disclosure',
    exchange: meta.exchange,
    principal: { id, issuer, groups, actors },
    body: { what: 'recording', subject: meta.exchange, reason: '' },
  });
  return { meta, request: partJson(request), response: partJson(response) };
}

function partJson(part: RecordedPart<unknown> | null): PartJson | null {
  if (part === null) return null;
  const { head, chunks, digest, bytes, complete } = part;
  return {
    head,
    chunks: chunks.map((chunk) => ({ at: chunk.at, base64: chunk.bytes.toString('base64') })),
    sha256: digest.toString('hex'),
    bytes,
    complete,
  };
}
