import { type FramingFault, frame, openDeframer } from './framing.ts';
import { type Call, type Handler, type Route, type Status, statusCode } from './port.ts';

/** What a call needs of the HTTP/2 stream that carries it: each adapter has its own. */
export interface Carrier {
  /** True once nothing can be written: the peer reset the stream, or its connection went away. */
  readonly gone: boolean;
  /** Queues pieces of one message; the first of a call sends the response's headers before them. False: peer is slow. */
  write(pieces: readonly Uint8Array[]): boolean;
  /** Ends our side after what was written: with trailers, or with headers alone when nothing was. */
  end(status: Status): void;
  /** Stops reading: the stream's window is no longer refilled. */
  pause(): void;
  resume(): void;
}

/** What a carrier tells its call. */
export interface Receiver {
  data(chunk: Buffer): void;
  /** The peer half-closed. */
  end(): void;
  /** After `write` returned false: there is room again. */
  drained(): void;
  /** The stream is over, whoever ended it. */
  lost(): void;
}

/** The request's head, as gRPC reads it. */
export type Head = Pick<Call, 'path' | 'metadata' | 'deadline'>;

/** What calls have in common: bytes of one message at most, and who hears of a handler's faults. */
export interface CallOptions {
  readonly maxMessageBytes: number;
  readonly onFault: (error: unknown) => void;
}

/** What is not gRPC gets an HTTP status, as the specification says; null for what is. */
export function refusedHttp(method: string | undefined, contentType: string | undefined): number | null {
  if (method !== 'POST') return 405;
  return /^application\/grpc(?:$|[+;])/.test(contentType ?? '') ? null : 415;
}

/** The answer to a path that has no route. */
export const noSuchMethod: Status = { code: statusCode.unimplemented, message: 'no such method' };

const faults: Readonly<Record<FramingFault | 'truncated', Status>> = {
  compressed: { code: statusCode.unimplemented, message: 'compressed messages are not supported' },
  too_large: { code: statusCode.resourceExhausted, message: 'the message is larger than is accepted' },
  flags: { code: statusCode.internal, message: 'the message has unknown flags' },
  truncated: { code: statusCode.internal, message: 'the call ended within a message' },
};

/** One gRPC call over a carrier, from its head to its status: the rules of the port that no adapter has to repeat. */
export function openCall(carrier: Carrier, head: Head, route: Route, options: CallOptions): Receiver {
  const deframer = openDeframer(options.maxMessageBytes);
  let handler: Handler | undefined;
  let over = false;
  let paused = false;
  let peerEnded = false;
  let delivering = false;

  const call: Call = {
    path: head.path,
    deadline: head.deadline,
    get metadata() {
      return head.metadata;
    },
    send: (message) => over || carrier.gone || carrier.write(frame(message)),
    finish,
    pause() {
      paused = true;
      carrier.pause();
    },
    resume() {
      if (!paused) return;
      paused = false;
      deliver();
      if (!paused) carrier.resume();
    },
  };

  /** Runs a handler's code: what it throws ends this call and no other. */
  function guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      options.onFault(error);
      abandon({ code: statusCode.internal, message: 'internal error' });
    }
  }

  function finish(status: Status): void {
    if (over) return;
    over = true;
    if (!carrier.gone) carrier.end(status);
  }

  /** Ends the call ourselves; to the handler the peer is gone. */
  function abandon(status: Status): void {
    if (over) return;
    finish(status);
    cancelled();
  }

  function cancelled(): void {
    try {
      handler?.onCancel?.();
    } catch {
      // The call is over already: there is nothing left to end.
    }
  }

  /** Hands over whole messages until the handler pauses, and then the end. A handler may resume from within. */
  function deliver(): void {
    if (delivering) return;
    delivering = true;
    while (!paused && !over && deliverNext());
    delivering = false;
  }

  function deliverNext(): boolean {
    const message = deframer.next();
    if (typeof message === 'string') {
      abandon(faults[message]);
      return false;
    }
    if (message !== null) {
      guarded(() => handler?.onMessage(message));
      return true;
    }
    if (peerEnded) endOfMessages();
    return false;
  }

  function endOfMessages(): void {
    peerEnded = false;
    if (deframer.rest > 0) abandon(faults.truncated);
    else guarded(() => handler?.onEnd?.());
  }

  const receiver: Receiver = {
    data(chunk) {
      if (over) return;
      deframer.push(chunk);
      deliver();
    },
    end() {
      peerEnded = true;
      deliver();
    },
    drained() {
      if (!over) guarded(() => handler?.onDrain?.());
    },
    lost() {
      if (over) return;
      over = true;
      cancelled();
    },
  };
  guarded(() => {
    handler = route(call);
  });
  return receiver;
}
