/**
 * The callers, in a process of their own: HTTP/1.1 keep-alive over bare sockets, one request at a time on each, so that
 * they cost little beside what is measured. Asked over IPC, one `Load` at a time; answers with a `Score` or a `Failure`.
 */
import { connect, type Socket } from 'node:net';

/** What to do. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly headers: readonly string[];
  readonly connections: number;
  /** Requests started a second, whatever the answers do; null: each connection asks again as soon as it has its answer. */
  readonly rate: number | null;
  /** The load ends after so many requests or milliseconds, whichever comes first. */
  readonly count: number;
  readonly ms: number;
}

/** What came of it. Latencies in milliseconds, from when the request was due to the last byte of its response. */
export interface Score {
  readonly exchanges: number;
  /** Answers other than 200, and connections that were cut. */
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

interface Caller {
  ask(due: number): void;
  close(): void;
}

const lastChunk = Buffer.from('\r\n0\r\n\r\n');
const headEnd = Buffer.from('\r\n\r\n');

/** True when `bytes`, which begin with a response's head, hold all of that one response. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return false;
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(bytes.toString('latin1', 0, end + 2)) ?? [];
  if (length !== undefined) return bytes.length >= end + 4 + Number(length);
  return bytes.subarray(-lastChunk.length).equals(lastChunk);
}

function openCaller(
  port: number,
  request: Buffer,
  answered: (caller: Caller, ok: boolean, ms: number) => void,
): Caller {
  let socket: Socket | null = null;
  let received: Buffer | null = null;
  let due = 0;
  const settle = (ok: boolean) => {
    received = null;
    answered(caller, ok, performance.now() - due);
  };
  const take = (chunk: Buffer) => {
    received = received === null ? chunk : Buffer.concat([received, chunk]);
    if (isWhole(received)) settle(received.toString('latin1', 9, 12) === '200');
  };
  const open = () => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true });
    opened.on('data', take);
    opened.on('error', () => {});
    opened.on('close', () => {
      if (socket !== opened) return;
      socket = null;
      settle(false);
    });
    return opened;
  };
  const caller: Caller = {
    ask(at) {
      due = at;
      socket ??= open();
      socket.write(request);
    },
    close() {
      const opened = socket;
      socket = null;
      opened?.destroy();
    },
  };
  return caller;
}

/** Runs one load; resolves when the last answer of it is there. */
function run({ port, path, headers, connections, rate, count, ms }: Load): Promise<Score> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: bench\r\n${headers.join('\r\n')}\r\n\r\n`);
  const latencies: number[] = [];
  let failed = 0;
  let asked = 0;
  const started = performance.now();
  return new Promise((done) => {
    const idle: Caller[] = [];
    const late: number[] = [];
    const callers = Array.from({ length: connections }, () => openCaller(port, request, answered));
    let stopped = false;
    let timer: NodeJS.Timeout | null = null;

    function answered(caller: Caller, ok: boolean, took: number): void {
      if (ok) latencies.push(took);
      else failed += 1;
      const due = late.shift();
      if (due !== undefined) caller.ask(due);
      else if (rate === null && asked < count && performance.now() - started < ms) ask(caller);
      else idle.push(caller);
      finish();
    }

    function ask(caller: Caller): void {
      asked += 1;
      caller.ask(performance.now());
    }

    function finish(): void {
      if (rate === null ? idle.length < callers.length : !stopped || latencies.length + failed < asked) return;
      if (timer) clearInterval(timer);
      for (const caller of callers) caller.close();
      latencies.sort((a, b) => a - b);
      const at = (share: number) =>
        latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
      done({ exchanges: latencies.length, failed, p50: at(0.5), p99: at(0.99) });
    }

    /** Those that are due by now. What waits for a free connection waits on the service's account. */
    function tick(): void {
      const now = performance.now();
      stopped = now - started >= ms;
      const wanted = Math.floor((Math.min(now - started, ms) / 1000) * (rate ?? 0));
      for (; asked < wanted; asked += 1) {
        const free = idle.shift();
        if (free) free.ask(now);
        else late.push(now);
      }
      finish();
    }

    if (rate === null) for (const caller of callers) ask(caller);
    else {
      idle.push(...callers);
      timer = setInterval(tick, 1);
    }
  });
}

process.on('message', (load: Load) => {
  run(load).then((score) => process.send?.(score));
});
process.on('disconnect', () => process.exit());
