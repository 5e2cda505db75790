import type { Carrier, Receiver } from '../call.ts';
import type { Status } from '../port.ts';
import { errorCode, flag, frameHeader, frameOf, frameType, numbersFrame, writeFrameHeader } from './frames.ts';
import { blocks } from './head.ts';
import type { Output } from './output.ts';

/** What a stream shares with the others of its connection. */
export interface Shared {
  readonly output: Output;
  /** Bytes that the peer takes on the connection. */
  sendWindow: number;
  /** Bytes of a DATA frame at most. */
  maxFrame: number;
  /** No response headers went out yet: the next are the first, which say that we have no table. */
  first: boolean;
  /** Bytes of a stream that the peer may have under way. */
  readonly window: number;
  /** Streams with something to send that could not go. */
  readonly waiting: Set<Stream>;
  /** Our side has ended; `reset`: we told the peer to stop as well. */
  ended(stream: Stream, reset: boolean): void;
}

/** A stream: RFC 9113 section 5. It carries one call. */
export interface Stream extends Carrier {
  readonly id: number;
  /** What the stream's request is for; null until that is known. */
  receiver: Receiver | null;
  /** The stream is over: nothing more goes out. */
  close(): void;
  /** The peer has sent END_STREAM. */
  peerEnded: boolean;
  /** Bytes of the request that are yet to come, where `content-length` told. */
  expected: number | null;
  /** Something of the answer has gone out. */
  readonly answered: boolean;
  /** Bytes that the peer takes on this stream; negative after it made its windows smaller (section 6.9.2). */
  sendWindow: number;
  /** Takes flow-controlled bytes in; false when the peer had no right to send them. */
  take(bytes: number): boolean;
  /** Section 6.9: refills the window by what was read, in steps of half of it; a paused stream's stays as it is. */
  credit(): void;
  /** Sends what windows and socket let. */
  pump(): void;
  /** A status for a peer that speaks no gRPC, at once, and a text once its request has ended. */
  refuse(status: number, text: string): void;
}

/** Bytes queued above which `write` says that the peer is slow. */
const slowAbove = 64 * 1024;

/** @param sendWindow bytes that the peer takes at first */
export function openStream(id: number, sendWindow: number, shared: Shared): Stream {
  const { output } = shared;
  let queue: Uint8Array[] = [];
  let queued = 0;
  let slow = false;
  let headSent = false;
  let gone = false;
  let paused = false;
  let receiveWindow = shared.window;
  let owed = 0;
  /** How the stream ends once its queue is empty. */
  let ending: (() => void) | null = null;

  function headers(block: Buffer, flags: number): void {
    shared.first = false;
    output.push(frameOf(frameType.headers, flag.endHeaders | flags, id, block));
  }

  function data(piece: Uint8Array, flags: number): void {
    const head = Buffer.allocUnsafe(frameHeader);
    writeFrameHeader(head, 0, piece.length, frameType.data, flags, id);
    output.push(head);
    output.push(piece);
  }

  /** One DATA frame of what is queued, as large as windows let; false when nothing may go. */
  function sendOne(): boolean {
    const [piece] = queue;
    const most = Math.min(shared.maxFrame, stream.sendWindow, shared.sendWindow);
    if (piece === undefined || most <= 0) return false;
    const length = Math.min(most, piece.length);
    if (length === piece.length) queue.shift();
    else queue[0] = piece.subarray(length);
    queued -= length;
    stream.sendWindow -= length;
    shared.sendWindow -= length;
    data(piece.subarray(0, length), 0);
    return true;
  }

  function pump(): void {
    shared.waiting.delete(stream);
    if (gone) return;
    while (queue.length > 0 && !output.full && sendOne());
    if (queue.length > 0 || (ending !== null && output.full)) shared.waiting.add(stream);
    else if (ending !== null) ending();
    if (slow && queue.length === 0) {
      slow = false;
      stream.receiver?.drained();
    }
  }

  /** Section 8.1: a server that has said all may ask the peer to stop, without an error. */
  function leave(): void {
    const reset = !stream.peerEnded;
    if (reset) output.push(numbersFrame(frameType.rstStream, id, [errorCode.noError]));
    shared.ended(stream, reset);
  }

  function finish(status: Status): void {
    const block = headSent ? blocks.trailers(status) : blocks.trailersOnly(shared.first, status);
    headSent = true;
    headers(block, flag.endStream);
    leave();
  }

  const stream: Stream = {
    id,
    receiver: null,
    peerEnded: false,
    expected: null,
    sendWindow,
    get gone() {
      return gone;
    },
    get answered() {
      return headSent;
    },
    write(pieces) {
      if (!headSent) headers(blocks.head(shared.first), 0);
      headSent = true;
      for (const piece of pieces) {
        queue.push(piece);
        queued += piece.length;
      }
      pump();
      slow ||= queued > slowAbove;
      return !slow;
    },
    end(status) {
      ending = () => finish(status);
      pump();
    },
    refuse(status, text) {
      headers(blocks.http(shared.first, status), 0);
      headSent = true;
      stream.receiver = {
        data: () => undefined,
        drained: () => undefined,
        lost: () => undefined,
        end() {
          queue.push(Buffer.from(text));
          queued = text.length;
          ending = () => {
            data(Buffer.alloc(0), flag.endStream);
            leave();
          };
          pump();
        },
      };
      if (stream.peerEnded) stream.receiver.end();
    },
    pump,
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      credit();
    },
    take(bytes) {
      receiveWindow -= bytes;
      owed += bytes;
      return receiveWindow >= 0;
    },
    credit,
    close() {
      gone = true;
      queue = [];
      shared.waiting.delete(stream);
      stream.receiver?.lost();
    },
  };

  function credit(): void {
    if (paused || gone || stream.peerEnded || owed < shared.window / 2) return;
    output.push(numbersFrame(frameType.windowUpdate, id, [owed]));
    receiveWindow += owed;
    owed = 0;
  }

  return stream;
}
