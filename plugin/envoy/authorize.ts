import { codeOf } from '../errors.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { type Call, type Handler, type Route, statusCode } from '../transport/port.ts';
import type { InFlight } from './inflight.ts';
import { readCheck, writeCheckResponse } from './translate.ts';

/** `envoy.service.auth.v3.Authorization/Check`: one Check, one `admit`, one CheckResponse. */
export const checkPath = '/envoy.service.auth.v3.Authorization/Check';

/** What the route has besides the exchange. */
export interface AuthorizeParts {
  readonly exchange: Exchange;
  readonly inFlight: InFlight;
  failed(code: string): void;
}

/**
 * A Check that can't be read is answered with a denial, not with a gRPC error: `failure_mode_allow` would turn an error
 * into an allow. A caller who hangs up cancels the Check, and with it a hold's wait. A Check that comes during a drain is
 * left without an answer: when the connection closes, Envoy's retry policy asks the process that comes after us.
 */
export function authorizeRoute(parts: AuthorizeParts): Route {
  return (call) => {
    const left = new AbortController();
    let asked = false;
    return {
      onMessage(bytes) {
        if (asked) return call.finish({ code: statusCode.invalidArgument, message: 'Check is a unary call' });
        asked = true;
        if (parts.inFlight.draining) return;
        check(parts, call, bytes, left.signal).catch((error: unknown) => {
          parts.failed(codeOf(error));
          call.finish({ code: statusCode.internal, message: '' });
        });
      },
      onEnd() {
        if (!asked) call.finish({ code: statusCode.invalidArgument, message: 'a Check needs one message' });
      },
      onCancel: () => left.abort(),
    } satisfies Handler;
  };
}

async function check(parts: AuthorizeParts, call: Call, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const { answer, message } = await decide(parts, call, bytes, signal);
  if (signal.aborted) return;
  if (answer.kind === 'allow' && answer.metadata.release === 'full')
    parts.inFlight.allowed(String(answer.metadata.decision_id));
  call.send(message);
  call.finish({ code: statusCode.ok, message: '' });
}

interface Written {
  readonly answer: Answer;
  readonly message: Uint8Array;
}

async function decide(parts: AuthorizeParts, call: Call, bytes: Buffer, signal: AbortSignal): Promise<Written> {
  const { exchange, failed } = parts;
  try {
    return written(await exchange.admit(readCheck(bytes), { deadline: call.deadline, signal }));
  } catch (error) {
    failed(codeOf(error));
    return written(await exchange.unreadable(error));
  }
}

function written(answer: Answer): Written {
  return { answer, message: writeCheckResponse(answer) };
}
