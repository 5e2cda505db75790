import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { disclose, type ErasureParts } from '../audit/disclose.ts';
import { type ErasureWhat, erase } from '../audit/erase.ts';
import { CountersignError } from '../errors.ts';
import type { TokenVerifier } from '../identity/token.ts';
import type { Principal } from '../request.ts';
import { answerWith, bearerOf, readJson } from './http.ts';

/** What the routes stand on. */
export interface AuditParts extends ErasureParts {
  readonly verifyToken: TokenVerifier;
  /** Group whose members may open commitments and erase what opens them. */
  readonly readers: string;
}

const prefix = '/api/v1/audit/';

/** Characters of a name or an id, and of a reason, at most. */
const nameLimit = 256;
const reasonLimit = 4_096;

/** The last time that a calendar has, milliseconds (ECMA-262). */
const lastTime = 8.64e15;

const name = z.string().min(1).max(nameLimit);
const reason = z.string().max(reasonLimit).default('');

const erasure = z
  .strictObject({
    exchange: name.optional(),
    principal: name.optional(),
    issuer: name.optional(),
    before: z.int().min(0).max(lastTime).optional(),
    reason: z.string().min(1).max(reasonLimit),
  })
  .refine(
    ({ exchange, principal, before }) => [exchange, principal, before].filter((one) => one !== undefined).length === 1,
    'expected one of exchange, principal and before',
  );

function whatOf({ exchange, principal, issuer, before }: Omit<z.output<typeof erasure>, 'reason'>): ErasureWhat {
  if (exchange !== undefined) return { what: 'exchange', exchange };
  if (principal !== undefined) return { what: 'principal', principal, issuer };
  return { what: 'before', before: before ?? 0 };
}

type Answer = (parts: AuditParts, reader: Principal, body: unknown) => Promise<unknown>;

const routes: Readonly<Record<string, Answer>> = {
  disclose: async (parts, reader, body) => {
    const asked = read(z.strictObject({ id: name, fields: z.array(name).min(1).max(64), reason }), body);
    return { entries: await disclose(parts, { ...asked, reader: shown(reader) }) };
  },
  erase: async (parts, reader, body) => {
    const { reason, ...what } = read(erasure, body);
    const { entries, recordings, holds } = await erase(parts, { ...whatOf(what), reason, reader: shown(reader) });
    return { erased: entries, recordings, holds };
  },
};

/**
 * `POST /api/v1/audit/disclose` with `{id, fields, reason}` as JSON: what opens fields of entries, each entered as a
 * `disclosure` first. `POST /api/v1/audit/erase` with one of `exchange`, `principal` (and its `issuer`) and `before`
 * (milliseconds), and `reason`: deletes what opens entries, recordings and the texts of
 * closed holds, after the `erasure` entries. Both want a bearer token of a
 * member of `readers`. False for any other path.
 */
export function auditRoutes(parts: AuditParts): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const word = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    const answer = Object.hasOwn(routes, word) ? routes[word] : undefined;
    if (answer === undefined) return false;
    answerWith(response, handle(parts, request, answer));
    return true;
  };
}

async function handle(parts: AuditParts, request: IncomingMessage, answer: Answer): Promise<unknown> {
  const reader = await parts.verifyToken(bearerOf(request));
  if (!reader.groups.includes(parts.readers))
    throw new CountersignError(
      'forbidden',
      `commitments are opened and erased by members of the group ${parts.readers}`,
    );
  if (request.method !== 'POST') throw new CountersignError('usage', 'this path takes POST');
  return answer(parts, reader, await readJson(request));
}

function read<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CountersignError('usage', `the body: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
}

function shown({ id, issuer, groups, actors }: Principal) {
  return { id, issuer, groups, actors };
}
