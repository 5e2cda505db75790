import type { Call, Route, Status } from '../../plugin/transport/port.ts';

interface CallOptions {
  readonly deadline?: number | null;
  readonly slow?: boolean;
  readonly onPause?: () => void;
  readonly onResume?: () => void;
}

/** A call as a transport would hand it over, whose other side is the test. */
export function openCall(route: Route, options: CallOptions = {}) {
  const sent: Buffer[] = [];
  const flow: ('pause' | 'resume')[] = [];
  const finished = Promise.withResolvers<Status>();
  let over = false;
  const call: Call = {
    path: '/test',
    metadata: {},
    deadline: options.deadline ?? null,
    send(message) {
      if (!over) sent.push(Buffer.from(message));
      return options.slow !== true;
    },
    finish(status) {
      over = true;
      finished.resolve(status);
    },
    pause() {
      flow.push('pause');
      options.onPause?.();
    },
    resume() {
      flow.push('resume');
      options.onResume?.();
    },
  };
  return { handler: route(call), sent, flow, finished: finished.promise, isOver: () => over };
}
