import type { Call, Route, Status } from '../../plugin/transport/port.ts';

/** A call as a transport would hand it over, whose other side is the test. */
export function openCall(route: Route, options: { readonly deadline?: number | null; readonly slow?: boolean } = {}) {
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
    pause: () => flow.push('pause'),
    resume: () => flow.push('resume'),
  };
  return { handler: route(call), sent, flow, finished: finished.promise, isOver: () => over };
}
