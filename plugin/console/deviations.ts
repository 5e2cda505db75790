import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import type { Deviations } from '../ledger/deviations.ts';
import type { Principal } from '../request.ts';
import { answerWith, bearerOf, readJson } from './http.ts';

/** What the routes stand on. */
export interface DeviationRouteParts {
  readonly deviations: Pick<Deviations, 'list' | 'acknowledge' | 'resolve'>;
  /** The principal that a bearer token proves. Rejects with `token_invalid`. */
  readonly verifyToken: (bearer: string) => Promise<Principal>;
}

const prefix = '/api/v1/deviations';

/** `ORIGIN/SEQ` of the entry, and what is done with it. */
const stepPattern = /^\/([a-z0-9.-]{1,253}\/[0-9]{1,16})\/(acknowledge|resolve)$/;

const signOff = z.strictObject({ reason: z.string().min(1).max(4_096).optional() });

/**
 * `GET /api/v1/deviations`, `POST /api/v1/deviations/ORIGIN/SEQ/acknowledge|resolve` with `{reason}` as JSON, for humans
 * of the group `deviations.group` with a bearer token. False for other paths.
 */
export function deviationRoutes(
  parts: DeviationRouteParts,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return false;
    answerWith(response, handle(parts, request, path.slice(prefix.length)));
    return true;
  };
}

async function handle(
  { deviations, verifyToken }: DeviationRouteParts,
  request: IncomingMessage,
  rest: string,
): Promise<unknown> {
  const viewer = await verifyToken(bearerOf(request));
  if (rest === '' && request.method === 'GET') return { deviations: await deviations.list(viewer) };
  const step = stepPattern.exec(rest);
  if (step === null || request.method !== 'POST')
    throw new CountersignError('usage', 'expected GET, or POST to /ORIGIN/SEQ/acknowledge or /resolve');
  const parsed = signOff.safeParse(await readJson(request));
  if (!parsed.success) throw new CountersignError('usage', 'expected {"reason": "..."} of 4096 characters at most');
  const [, id = '', act] = step;
  return deviations[act === 'resolve' ? 'resolve' : 'acknowledge']({
    id,
    by: viewer,
    reason: parsed.data.reason ?? null,
  });
}
