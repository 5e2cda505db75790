import type { Socket } from 'node:net';

/** What a connection has to say, gathered during a turn of the event loop and written as one. */
export interface Output {
  push(bytes: Uint8Array): void;
  /** More than enough waits: streams keep what they have until `onRoom`. Control frames go all the same. */
  readonly full: boolean;
  /** Bytes that the peer has yet to take. */
  readonly unwritten: number;
  /** Milliseconds since 1970 since when the socket has taken nothing; null while it does. */
  readonly stuckSince: number | null;
  /** Writes what is there, and ends the socket. */
  end(): void;
}

/** Bytes on their way above which a stream waits: a few reads of the peer's. */
const enough = 256 * 1024;

/** Below it, one copy is cheaper than a vector of small pieces. */
const copyBelow = 64 * 1024;

/** @param onRoom there is room after `full` was true */
export function openOutput(socket: Socket, onRoom: () => void): Output {
  let pieces: Uint8Array[] = [];
  let gathered = 0;
  let scheduled = false;
  let waited = false;
  let stuckSince: number | null = null;

  function flush(): void {
    scheduled = false;
    const [bytes, list] = [gathered, pieces];
    gathered = 0;
    pieces = [];
    if (bytes === 0 || socket.destroyed) return;
    if (write(list, bytes)) room();
    else stuckSince ??= Date.now();
  }

  function write(list: readonly Uint8Array[], bytes: number): boolean {
    const [first] = list;
    if (first !== undefined && list.length === 1) return socket.write(first);
    if (bytes <= copyBelow) return socket.write(Buffer.concat(list, bytes));
    let taken = true;
    socket.cork();
    for (const piece of list) taken = socket.write(piece);
    socket.uncork();
    return taken;
  }

  function room(): void {
    if (!waited) return;
    waited = false;
    onRoom();
  }

  socket.on('drain', () => {
    stuckSince = null;
    room();
  });

  return {
    push(bytes) {
      pieces.push(bytes);
      gathered += bytes.length;
      if (scheduled) return;
      scheduled = true;
      // After the microtasks of this turn: what a batch of answers brings is one write.
      process.nextTick(flush);
    },
    get full() {
      const full = stuckSince !== null || gathered >= enough;
      waited ||= full;
      return full;
    },
    get unwritten() {
      return gathered + socket.writableLength;
    },
    get stuckSince() {
      return stuckSince;
    },
    end() {
      flush();
      socket.end();
    },
  };
}
