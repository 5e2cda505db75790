import type { ServerClock } from './time.ts';
import type { BatchResult, Closed, Deviation, Problem, Session, View } from './wire.ts';

/** A refusal of the API, or no answer (`offline`), as an error. */
export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** The problem of whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem;
  return { status: 0, code: 'internal', detail: error instanceof Error ? error.message : 'something went wrong here' };
}

/** What was on the screen, and why: a verdict is bound to it. */
export interface Said {
  readonly digest: string;
  readonly version: number;
  readonly reason?: string;
  /** WebAuthn's answer, where the verdict is signed. */
  readonly assertion?: unknown;
}

/** Milliseconds in which an answer must come. */
const patience = 20_000;

/** What the page asks of its service. Each rejects with `Refused`. */
export type Api = ReturnType<typeof openApi>;

/** The API of this origin. `clock` hears the server's time; `lost` hears that nobody is signed in any longer. */
export function openApi(
  clock: ServerClock,
  lost: (problem: Problem, body: unknown) => void,
  ask: typeof fetch = (input, init) => fetch(input, init),
) {
  let csrf = '';

  async function call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
    const sent = Date.now();
    const headers: Record<string, string> = { accept: 'application/json' };
    if (method === 'POST') Object.assign(headers, { 'content-type': 'application/json', 'x-csrf-token': csrf });
    const response = await answerTo(path, {
      ...{ method, headers, credentials: 'same-origin', redirect: 'error', signal: AbortSignal.timeout(patience) },
      ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
    });
    clock.hear(response.headers.get('date'), sent, Date.now());
    const value: unknown = await response.json().catch(() => null);
    if (response.ok) return value as Answer;
    const problem = readProblem(response.status, value);
    if (response.status === 401) lost(problem, value);
    throw new Refused(problem);
  }

  async function answerTo(path: string, init: RequestInit): Promise<Response> {
    try {
      return await ask(path, init);
    } catch {
      throw new Refused({ status: 0, code: 'offline', detail: 'the service does not answer' });
    }
  }

  const hold = (id: string, what: string) => `/api/v1/holds/${id}/${what}`;
  return {
    async session(): Promise<Session> {
      const session = await call<Session>('GET', '/api/v1/session');
      csrf = session.csrf;
      return session;
    },
    logout: () => call<unknown>('POST', '/api/v1/logout'),
    /** All that is not closed, oldest first. */
    holds: async () => (await call<{ holds: View[] }>('GET', '/api/v1/holds?state=live')).holds,
    hold: (id: string) => call<View>('GET', `/api/v1/holds/${id}`),
    earlier: async (id: string) => (await call<{ holds: Closed[] }>('GET', hold(id, 'earlier'))).holds,
    grants: async () => (await call<{ grants: View[] }>('GET', '/api/v1/holds/grants')).grants,
    history: async (before?: number) =>
      (
        await call<{ holds: Closed[] }>(
          'GET',
          `/api/v1/holds/history?limit=50${before === undefined ? '' : `&before=${before}`}`,
        )
      ).holds,
    decide: (act: 'approve' | 'reject' | 'withdraw', id: string, said: Said) => call<View>('POST', hold(id, act), said),
    revoke: (id: string, reason?: string) =>
      call<View>('POST', hold(id, 'revoke'), reason === undefined ? {} : { reason }),
    batch: async (
      act: 'approve' | 'reject',
      holds: readonly { readonly id: string; readonly digest: string; readonly version: number }[],
      reason?: string,
    ) =>
      (
        await call<{ results: BatchResult[] }>('POST', '/api/v1/holds/batch', {
          ...{ act, holds },
          ...(reason === undefined ? {} : { reason }),
        })
      ).results,
    deviations: async () => (await call<{ deviations: Deviation[] }>('GET', '/api/v1/deviations')).deviations,
    signOff: (id: string, act: 'acknowledge' | 'resolve', reason?: string) =>
      call<Deviation>('POST', `/api/v1/deviations/${id}/${act}`, reason === undefined ? {} : { reason }),
    /** What a passkey signs for this verdict on this hold as shown. */
    challenge: (
      id: string,
      verdict: 'approve' | 'reject',
      shown: { readonly digest: string; readonly version: number },
    ) => call<unknown>('POST', hold(id, 'challenge'), { verdict, ...shown }),
    passkeyOptions: () => call<unknown>('POST', '/api/v1/passkeys/options'),
    addPasskey: (name: string, answer: unknown) =>
      call<unknown>('POST', '/api/v1/passkeys', { name, response: answer }),
  };
}

function readProblem(status: number, value: unknown): Problem {
  const { code, detail, title } = (value ?? {}) as Partial<Record<'code' | 'detail' | 'title', unknown>>;
  const said = [detail, title].find((one) => typeof one === 'string');
  return {
    status,
    code: typeof code === 'string' ? code : 'internal',
    detail: typeof said === 'string' ? said : `the service answered with status ${status}`,
  };
}
