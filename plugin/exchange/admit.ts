import { randomUUIDv7 } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { identify } from '../identity/identify.ts';
import { sessionOf } from '../record/session.ts';
import type { Request } from '../request.ts';
import type { Verdict } from '../telemetry.ts';
import type { Answer } from './answer.ts';
import { allow, deny, refuse } from './conclude.ts';
import { hold, type Patience } from './held.ts';
import { type AdmitParts, type Asked, decide, type Ruling, rule } from './ruling.ts';

export type { Patience } from './held.ts';
export type { AdmitParts } from './ruling.ts';

/** One Check: identify, understand, decide, hold, append, answer. Never rejects: what goes wrong is a denial. */
export async function admit(parts: AdmitParts, request: Request, patience: Patience): Promise<Answer> {
  const started = performance.now();
  const exchange = randomUUIDv7();
  let verdict: Verdict = 'deny';
  let known: Partial<Asked> = { exchange, request };
  try {
    const asked = await ask(parts, exchange, request);
    known = asked;
    const ruling = rule(parts, asked, await decide(asked, null));
    const answer = inTime(await answerOf(parts, asked, ruling, patience), patience);
    verdict = patience.signal.aborted ? 'gone' : verdictOf(answer);
    return answer;
  } catch (error) {
    if (patience.signal.aborted) verdict = 'gone';
    return await refuse(parts, { ...known, exchange, request }, error);
  } finally {
    if (verdict === 'deny' && known.session) parts.sessions.denied(known.session.key);
    parts.telemetry.admitted(verdict, (performance.now() - started) / 1000);
  }
}

function verdictOf(answer: Answer): Verdict {
  return answer.kind === 'deny' && answer.held ? 'hold' : answer.kind;
}

/** An allow that comes after the peer's deadline reaches nobody: the log says that it was not answered. */
function inTime(answer: Answer, { deadline }: Patience): Answer {
  if (answer.kind !== 'allow' || deadline === null || Date.now() < deadline) return answer;
  throw new CountersignError(
    'unavailable',
    'the entry of this allow became durable after the deadline of the request: see whether the disk is slow',
  );
}

/** Identify and understand. */
async function ask(parts: AdmitParts, exchange: string, request: Request): Promise<Asked> {
  const policy = parts.policy();
  if (policy === null)
    throw new CountersignError(
      'policy_missing',
      'no policy is loaded: set policy.source, or see the log for why it did not load',
    );
  const jwt = request.jwt ?? (await parts.bearer(request));
  const principal = identify({ ...request, jwt }, parts.identity);
  const commands = await parts.commands.understand(request);
  const { key } = sessionOf(request, principal, parts.settings.sessionHeaders);
  const session = parts.sessions.asked(key, principal);
  return { exchange, request, policy, principal, commands, session, descriptors: parts.descriptors ?? null };
}

/** Hold where the policy wants people, else append and answer. */
function answerOf(parts: AdmitParts, asked: Asked, ruling: Ruling, patience: Patience): Promise<Answer> {
  if (ruling.hold !== null) {
    parts.sessions.held(asked.session.key);
    return hold(parts, asked, ruling, ruling.hold, patience);
  }
  return ruling.decision.allowed ? allow(parts, asked, ruling, null) : deny(parts, asked, ruling);
}
