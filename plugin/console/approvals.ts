import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import type { Desk } from '../hold/desk.ts';
import type { Principal } from '../request.ts';
import { answerWith, bearerOf, readJson } from './http.ts';

/** What the routes stand on. */
export interface ApprovalParts {
  readonly desk: Pick<Desk, 'list' | 'show' | 'approve' | 'reject'>;
  /** The principal that a bearer token proves. Rejects with `token_invalid`. */
  readonly verifyToken: (bearer: string) => Promise<Principal>;
}

const prefix = '/api/v1/holds';

/** Characters of a reason at most. */
const reasonLimit = 4_096;

const shown = {
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'expected the digest as shown'),
  version: z.int().min(1),
};
const verdicts = {
  approve: z.strictObject({ ...shown, reason: z.string().min(1).max(reasonLimit).optional() }),
  reject: z.strictObject({ ...shown, reason: z.string().min(1).max(reasonLimit) }),
} as const;

/** Who asks, for which hold, with what body. */
interface Asked {
  readonly viewer: Principal;
  readonly id: string;
  readonly request: IncomingMessage;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly pattern: RegExp;
  readonly answer: (desk: ApprovalParts['desk'], asked: Asked) => Promise<unknown>;
}

const routes: readonly Route[] = [
  { method: 'GET', pattern: /^$/, answer: async (desk, { viewer }) => ({ holds: await desk.list(viewer) }) },
  { method: 'GET', pattern: /^\/(h_[\w-]{22})$/, answer: (desk, { viewer, id }) => desk.show(id, viewer) },
  { method: 'POST', pattern: /^\/(h_[\w-]{22})\/approve$/, answer: verdict('approve') },
  { method: 'POST', pattern: /^\/(h_[\w-]{22})\/reject$/, answer: verdict('reject') },
];

/**
 * The approvals' API: `GET /api/v1/holds`, `GET /api/v1/holds/ID`, `POST /api/v1/holds/ID/approve|reject` with
 * `{digest, version, reason}` as JSON. Every one needs a bearer token, and who it proves is the viewer or approver;
 * nothing in a body names anybody. Answers JSON, or a problem document (RFC 9457) with our code. False for other paths.
 */
export function approvalRoutes(parts: ApprovalParts): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return false;
    answerWith(response, handle(parts, request, path.slice(prefix.length)));
    return true;
  };
}

async function handle({ desk, verifyToken }: ApprovalParts, request: IncomingMessage, rest: string): Promise<unknown> {
  const viewer = await verifyToken(bearerOf(request));
  const found = routes.filter(({ pattern }) => pattern.test(rest));
  if (found.length === 0)
    throw new CountersignError(
      'hold_unknown',
      'expected /api/v1/holds, /ID below it, and /approve or /reject below that',
    );
  const route = found.find(({ method }) => method === request.method);
  if (route === undefined)
    throw new CountersignError('usage', `this path takes ${found.map(({ method }) => method).join(', ')}`);
  return route.answer(desk, { viewer, id: route.pattern.exec(rest)?.[1] ?? '', request });
}

function verdict(kind: keyof typeof verdicts): Route['answer'] {
  return async (desk, { viewer, id, request }) => {
    const parsed = verdicts[kind].safeParse(await readJson(request));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new CountersignError('usage', `the body: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
    }
    const { digest, version, reason } = parsed.data;
    return desk[kind]({ id, approver: viewer, shown: { digest, version }, reason: reason ?? null });
  };
}
