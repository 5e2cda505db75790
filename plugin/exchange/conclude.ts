import { randomUUIDv7 } from 'node:crypto';
import { commandSummary } from '../command/command.ts';
import { CountersignError, codeOf } from '../errors.ts';
import type { HoldRecord } from '../hold/hold.ts';
import { requestHeadersToRemove } from '../mask/headers.ts';
import type { Request } from '../request.ts';
import { type Allow, type Deny, problemAnswer, removedFromEveryRequest } from './answer.ts';
import { refusal } from './refusal.ts';
import { type AdmitParts, type Asked, facts, type Ruling, textOf } from './ruling.ts';

/** Record, append, answer: an allow never leaves before its entry is durable (invariant 1). */
export async function allow(parts: AdmitParts, asked: Asked, ruling: Ruling, hold: HoldRecord | null): Promise<Allow> {
  const { decision, plan } = ruling;
  const { exchange } = asked;
  await parts.recorder.request(exchange, ruling.record, asked.request, {
    session: asked.session.key,
    principal: asked.principal,
    rule: decision.rule,
  });
  const receipt = await parts.ledger.allowed(facts(asked, ruling, hold, decision.release));
  return {
    kind: 'allow',
    headersToSet: decision.headers,
    headersToRemove: [
      ...removedFromEveryRequest,
      ...(parts.identity.header === undefined ? [] : [parts.identity.header.name.toLowerCase()]),
      ...requestHeadersToRemove(plan),
      ...decision.requestHeadersToRemove,
    ],
    responseHeadersToAdd: decision.responseHeadersToAdd,
    queryToSet: decision.queryParametersToSet,
    queryToRemove: decision.queryParametersToRemove,
    metadata: { ...decision.dynamicMetadata, ...ruling.travelling(receipt) },
  };
}

/** Append, answer as the policy says. */
export async function deny(parts: AdmitParts, asked: Asked, ruling: Ruling): Promise<Deny> {
  const { decision } = ruling;
  if (decision.fault !== null) parts.telemetry.failed('policy_error');
  await parts.ledger.denied(facts(asked, ruling, null, 'skip'), 'deny');
  const status = decision.httpStatus ?? 403;
  const metadata = { ...decision.dynamicMetadata, decision_id: asked.exchange, release: 'skip' };
  const why = decision.fault ?? decision.reason;
  if (decision.body !== null || (why === null && decision.rule === null))
    return { kind: 'deny', httpStatus: status, headers: decision.headers, body: decision.body ?? '', metadata };
  return {
    ...refusal(asked.request, {
      status,
      type: decision.fault === null ? 'denied' : 'policy-error',
      title: 'The request was denied',
      detail:
        decision.fault === null
          ? (decision.reason ?? '')
          : 'the policy could not decide; the audit log names the fault',
      exchange: asked.exchange,
      rule: decision.rule,
      headers: decision.headers,
    }),
    metadata,
  };
}

/** What went wrong before or around the decision is a denial with its entry. */
export async function refuse(
  parts: AdmitParts,
  known: Partial<Asked> & { exchange: string; request: Request },
  error: unknown,
): Promise<Deny> {
  const code = codeOf(error);
  parts.telemetry.failed(code);
  if (code === 'internal') parts.telemetry.log.error({ err: error, exchange: known.exchange }, 'a Check failed');
  const detail = error instanceof CountersignError ? error.message : 'an internal fault; the log names it';
  await parts.ledger.denied(
    {
      exchange: known.exchange,
      request: known.request,
      principal: known.principal ?? null,
      commands: commandSummary(known.commands ?? []),
      commandText: textOf(known.commands ?? []),
      rule: `countersign/${code}`,
      reason: detail,
      bundle: known.policy?.revision ?? '',
      policyDigest: known.policy?.digest ?? null,
      release: 'skip',
      planDigest: null,
      hold: null,
      labels: {},
    },
    'deny',
  );
  const retryAfter = retryAfterOf(error);
  return refusal(known.request, {
    status: refusals[code] ?? 403,
    type: code.replaceAll('_', '-'),
    title: 'The request was denied',
    detail,
    exchange: known.exchange,
    ...(retryAfter === null ? {} : { headers: [['retry-after', String(retryAfter)]] }),
  });
}

/** Seconds after which the caller may try again: those that the error names, or a while where the desk is full. */
function retryAfterOf(error: unknown): number | null {
  if (!(error instanceof CountersignError)) return null;
  return error.retryAfter ?? (error.code === 'hold_limit' ? 30 : null);
}

/** What was no Check is denied, and entered as a deviation: of a request that nobody can read there is nothing to show. */
export async function unreadable(parts: Pick<AdmitParts, 'ledger'>, error: unknown): Promise<Deny> {
  const exchange = randomUUIDv7();
  const code = codeOf(error);
  const detail = error instanceof CountersignError ? error.message : 'the Check could not be read or answered';
  await parts.ledger.deviation('unreadable check', detail, exchange);
  return problemAnswer({
    status: refusals[code] ?? 403,
    type: code.replaceAll('_', '-'),
    title: 'The request was denied',
    detail,
    exchange,
  });
}

/** Statuses of refusals that are not a plain 403. */
const refusals: Readonly<Partial<Record<ReturnType<typeof codeOf>, number>>> = {
  check_malformed: 400,
  identity_missing: 401,
  token_invalid: 401,
  hold_limit: 429,
  audit_overload: 503,
  record_failed: 503,
  audit_broken: 503,
  policy_missing: 503,
  unavailable: 503,
  internal: 503,
};
