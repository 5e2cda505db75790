import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import type { Desk, Filter } from '../hold/desk.ts';
import type { Principal } from '../request.ts';
import { answerWith, bearerOf, readJson } from './http.ts';

/** What the routes stand on. */
export interface ApprovalParts {
  readonly desk: Pick<
    Desk,
    'list' | 'show' | 'approve' | 'reject' | 'withdraw' | 'revoke' | 'batch' | 'grants' | 'history' | 'earlier'
  >;
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
const reason = z.string().min(1).max(reasonLimit);
const verdicts = {
  approve: z.strictObject({ ...shown, reason: reason.optional() }),
  reject: z.strictObject({ ...shown, reason }),
  withdraw: z.strictObject({ ...shown, reason: reason.optional() }),
} as const;

const revocation = z.strictObject({ reason: reason.optional() });

const holdId = z.string().regex(/^h_[\w-]{22}$/, "expected a hold's id");

const batch = z.strictObject({
  act: z.enum(['approve', 'reject']),
  holds: z
    .array(z.strictObject({ id: holdId, ...shown }))
    .min(1)
    .max(100),
  reason: reason.optional(),
});

const filter = z.strictObject({
  state: z.enum(['pending', 'approved', 'granted', 'live']).optional(),
  mine: z
    .literal('true')
    .transform(() => true)
    .optional(),
  asker: z.string().optional(),
  rule: z.string().optional(),
  text: z.string().max(1_024).optional(),
});

const page = z.strictObject({
  before: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
});

/** Who asks, for which hold, with what body. */
interface Asked {
  readonly viewer: Principal;
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
  readonly request: IncomingMessage;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly pattern: RegExp;
  readonly answer: (desk: ApprovalParts['desk'], asked: Asked) => Promise<unknown>;
}

const routes: readonly Route[] = [
  {
    method: 'GET',
    pattern: /^$/,
    answer: async (desk, { viewer, query }) => ({ holds: await desk.list(viewer, read(filter, query) as Filter) }),
  },
  {
    method: 'GET',
    pattern: /^\/grants$/,
    answer: async (desk, { viewer }) => ({ grants: await desk.grants(viewer) }),
  },
  {
    method: 'GET',
    pattern: /^\/history$/,
    answer: async (desk, { viewer, query }) => ({
      holds: await desk.history(viewer, read(page, query) as Parameters<Desk['history']>[1]),
    }),
  },
  { method: 'POST', pattern: /^\/batch$/, answer: decideAll },
  { method: 'GET', pattern: /^\/(h_[\w-]{22})$/, answer: (desk, { viewer, id }) => desk.show(id, viewer) },
  {
    method: 'GET',
    pattern: /^\/(h_[\w-]{22})\/earlier$/,
    answer: async (desk, { viewer, id }) => ({ holds: await desk.earlier(id, viewer) }),
  },
  { method: 'POST', pattern: /^\/(h_[\w-]{22})\/approve$/, answer: verdict('approve') },
  { method: 'POST', pattern: /^\/(h_[\w-]{22})\/reject$/, answer: verdict('reject') },
  { method: 'POST', pattern: /^\/(h_[\w-]{22})\/withdraw$/, answer: verdict('withdraw') },
  {
    method: 'POST',
    pattern: /^\/(h_[\w-]{22})\/revoke$/,
    async answer(desk, { viewer, id, request }) {
      const said = read(revocation, await readJson(request));
      return desk.revoke({ id, approver: viewer, reason: said.reason ?? null });
    },
  },
];

/**
 * The approvals' API: `GET /api/v1/holds`, `GET /api/v1/holds/ID`, `POST /api/v1/holds/ID/approve|reject|withdraw`
 * with `{digest, version, reason}` as JSON, `POST .../ID/revoke`, `POST .../batch`, `GET .../grants|history`. Every one needs a bearer token, and who it proves is the viewer or approver;
 * nothing in a body names anybody. Answers JSON, or a problem document (RFC 9457) with our code. False for other paths.
 */
export function approvalRoutes(parts: ApprovalParts): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return false;
    answerWith(response, handle(parts, request, path.slice(prefix.length), query));
    return true;
  };
}

async function handle(
  { desk, verifyToken }: ApprovalParts,
  request: IncomingMessage,
  rest: string,
  search: string,
): Promise<unknown> {
  const viewer = await verifyToken(bearerOf(request));
  const found = routes.filter(({ pattern }) => pattern.test(rest));
  if (found.length === 0)
    throw new CountersignError(
      'hold_unknown',
      'expected /api/v1/holds, /ID, /grants, /history or /batch below it, and a verdict below /ID',
    );
  const route = found.find(({ method }) => method === request.method);
  if (route === undefined)
    throw new CountersignError('usage', `this path takes ${found.map(({ method }) => method).join(', ')}`);
  const query = Object.fromEntries(new URLSearchParams(search));
  return route.answer(desk, { viewer, id: route.pattern.exec(rest)?.[1] ?? '', query, request });
}

function verdict(kind: keyof typeof verdicts): Route['answer'] {
  return async (desk, { viewer, id, request }) => {
    const { digest, version, reason: why } = read(verdicts[kind], await readJson(request));
    return desk[kind]({ id, approver: viewer, shown: { digest, version }, reason: why ?? null });
  };
}

async function decideAll(desk: ApprovalParts['desk'], { viewer, request }: Asked): Promise<unknown> {
  const { act, holds, reason: why } = read(batch, await readJson(request));
  const decided = holds.map(({ id, digest, version }) => ({
    ...{ id, approver: viewer, shown: { digest, version } },
    reason: why ?? null,
  }));
  return { results: await desk.batch(act, decided) };
}

/** @throws CountersignError `usage` naming the member */
function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CountersignError('usage', `the request: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
}
