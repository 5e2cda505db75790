import type { ResponseFacts } from '../audit/event.ts';
import { CountersignError, codeOf } from '../errors.ts';
import type { ResponseDecision } from '../policy/respond.ts';
import type { Header } from '../request.ts';
import { problemBody } from './answer.ts';
import type { Reply } from './release.ts';
import type { Travelled } from './travel.ts';

/** Headers that a reply of the proxy itself may keep; it was made without our decision (threat 4). */
const localReplyHeaders: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'date',
  'server',
  'connection',
  'retry-after',
  'www-authenticate',
  'allow',
]);

/** Names of the headers that a reply of the proxy itself must lose. */
export function unlisted(headers: readonly Header[]): string[] {
  return [...new Set(headers.map(({ name }) => name).filter((name) => !localReplyHeaders.has(name)))];
}

/** The reply to a caller whose response can't be let go, while its head is still here. */
export function withheld(error: unknown, exchange: string): Reply {
  const code = codeOf(error);
  const status = 502;
  return {
    kind: 'refuse',
    status,
    headers: [
      ['content-type', 'application/problem+json'],
      ['cache-control', 'no-store'],
    ],
    body: problemBody({
      status,
      type: code.replaceAll('_', '-'),
      title: 'The response was withheld',
      detail: error instanceof CountersignError ? error.message : 'an internal fault; the log names it',
      exchange,
    }),
    detail: `countersign_${code}`,
  };
}

/** The reply to a caller whose response the policy denied, after the upstream has executed. */
export function deniedReply({ rule, reason, httpStatus, fault }: ResponseDecision, exchange: string): Reply {
  return {
    kind: 'refuse',
    status: httpStatus,
    headers: [
      ['content-type', 'application/problem+json'],
      ['cache-control', 'no-store'],
    ],
    body: problemBody({
      status: httpStatus,
      type: fault === null ? 'response-denied' : 'policy-error',
      title: 'The response was denied',
      detail:
        fault === null
          ? (reason ?? '')
          : 'the policy could not decide about the response; the audit log names the fault',
      exchange,
      rule,
      members: { executed: true },
    }),
    detail: `countersign_${fault === null ? 'response_denied' : 'policy_error'}`,
  };
}

/** What the log is told of a response: what was seen of it, and the decision that it came under. */
export function responseFacts(
  travelled: Travelled | null,
  seen: Pick<ResponseFacts, 'status' | 'length' | 'digest' | 'outcome' | 'masks' | 'recording' | 'detail' | 'respond'>,
): ResponseFacts {
  return {
    ...seen,
    exchange: travelled?.exchange ?? null,
    decision: travelled === null ? null : { origin: travelled.origin, seq: travelled.seq },
    policyDigest: travelled?.policyDigest ?? null,
    planDigest: travelled?.planDigest ?? null,
  };
}
