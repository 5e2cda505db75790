import { randomUUIDv7 } from 'node:crypto';
import { CountersignError, codeOf } from '../errors.ts';
import { problemAnswer } from '../exchange/answer.ts';
import type { Exchange } from '../exchange.ts';
import { type Call, type Handler, type Route, statusCode } from '../transport/port.ts';
import { readCheck, writeCheckResponse } from './translate.ts';

/** `envoy.service.auth.v3.Authorization/Check`: one Check, one `admit`, one CheckResponse. */
export const checkPath = '/envoy.service.auth.v3.Authorization/Check';

/**
 * A Check that can't be read is answered with a denial, not with a gRPC error: `failure_mode_allow` would turn an error
 * into an allow. A caller who hangs up cancels the Check, and with it a hold's wait.
 */
export function authorizeRoute(exchange: Exchange, malformed: (code: string) => void): Route {
  return (call) => {
    const left = new AbortController();
    let asked = false;
    return {
      onMessage(bytes) {
        if (asked) return call.finish({ code: statusCode.invalidArgument, message: 'Check is a unary call' });
        asked = true;
        check(exchange, call, bytes, left.signal, malformed);
      },
      onEnd() {
        if (!asked) call.finish({ code: statusCode.invalidArgument, message: 'a Check needs one message' });
      },
      onCancel: () => left.abort(),
    } satisfies Handler;
  };
}

async function check(
  exchange: Exchange,
  call: Call,
  bytes: Buffer,
  signal: AbortSignal,
  malformed: (code: string) => void,
): Promise<void> {
  const answer = writeCheckResponse(await decide(exchange, call, bytes, signal, malformed));
  if (signal.aborted) return;
  call.send(answer);
  call.finish({ code: statusCode.ok, message: '' });
}

async function decide(
  exchange: Exchange,
  call: Call,
  bytes: Buffer,
  signal: AbortSignal,
  malformed: (code: string) => void,
) {
  try {
    return await exchange.admit(readCheck(bytes), { deadline: call.deadline, signal });
  } catch (error) {
    malformed(codeOf(error));
    const detail = error instanceof CountersignError ? error.message : 'the Check could not be read';
    return problemAnswer({
      status: 400,
      type: 'check-malformed',
      title: 'The request was denied',
      detail,
      exchange: randomUUIDv7(),
    });
  }
}
