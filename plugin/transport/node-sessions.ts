import type { ServerHttp2Session } from 'node:http2';

/** The HTTP/2 sessions of a server, so that all can be told to leave. */
export interface Sessions {
  /** Counts a session in until it closes. */
  add(session: ServerHttp2Session): void;
  /** Tells each peer that no more calls are taken; its session closes when its last call has ended. */
  sendAway(): void;
  /** Ends every session now, with the calls that are on it. */
  cut(): void;
}

const noError = 0;
const highestStreamId = 2 ** 31 - 1;

/**
 * RFC 9113 section 6.8: a first GOAWAY says that no more streams are welcome, a ping shows that the peer has read it, and
 * the second GOAWAY, which `close` sends, names the last stream that was taken. Once the first is out and no stream is
 * open, nghttp2 reads no more and the ping's answer with it: then the session closes at once.
 */
export function openSessions(): Sessions {
  const streams = new Map<ServerHttp2Session, number>();
  let leaving = false;

  function closeIfIdle(session: ServerHttp2Session): void {
    if (leaving && streams.get(session) === 0) close(session);
  }

  function count(session: ServerHttp2Session, by: 1 | -1): void {
    const before = streams.get(session);
    if (before !== undefined) streams.set(session, before + by);
  }

  return {
    add(session) {
      streams.set(session, 0);
      session.once('close', () => streams.delete(session));
      session.on('stream', (stream) => {
        count(session, 1);
        stream.once('close', () => {
          count(session, -1);
          closeIfIdle(session);
        });
      });
      if (leaving) close(session);
    },
    sendAway() {
      leaving = true;
      for (const [session, open] of streams) {
        if (open === 0 || session.closed) close(session);
        else {
          session.goaway(noError, highestStreamId);
          session.ping(() => close(session));
        }
      }
    },
    cut() {
      for (const session of [...streams.keys()]) session.destroy();
    },
  };
}

function close(session: ServerHttp2Session): void {
  if (!session.closed && !session.destroyed) session.close();
}
