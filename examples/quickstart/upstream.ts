/**
 * The service behind Envoy: customers with sensitive fields in SQLite over HTTP, and a route that really executes the
 * SQL it is sent, every statement of it, as a database would.
 * By hand: `node_modules/.bin/node examples/quickstart/upstream.ts [PORT] [FILE]`
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

/** Bytes; Envoy refuses more than 256 KiB before it gets here. */
const maxBody = 1_048_576;

const people = [
  [1, 'Ada Lovelace', 'ada@example.com', '078-05-1120', 'scrypt$16384$7Jd0c1', 'pro'],
  [2, 'Grace Hopper', 'grace@example.com', '219-09-9999', 'scrypt$16384$pQ81aa', 'team'],
  [3, 'Alan Turing', 'alan@example.com', '457-55-5462', 'scrypt$16384$Zk3mWe', 'free'],
] as const;

const schema = `CREATE TABLE IF NOT EXISTS customers (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, ssn TEXT NOT NULL, password_hash TEXT NOT NULL, plan TEXT NOT NULL
)`;

/** What arrived and what was done with it: a test counts by it that something was executed once, or never. */
export interface UpstreamStats {
  /** HTTP requests that reached the service. */
  readonly requests: number;
  /** SQL statements executed, in order, as SQLite took them apart. */
  readonly executed: readonly string[];
  /** Rows that the table has now; null when the table is gone. */
  readonly customers: number | null;
}

/** A request as it arrived from Envoy. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  /** Name, value, name, value, as node:http keeps them. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Upstream {
  readonly port: number;
  stats(): UpstreamStats;
  /** Puts the table and its rows back, and forgets what arrived. */
  reset(): void;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Database file; in memory without. */
  readonly file?: string;
  /** Sees every request first; one that it answers (true) is not handled here. Tests give odd responses by it. */
  readonly respond?: (arrival: Arrival, response: ServerResponse) => boolean;
}

/** Starts the service on 127.0.0.1. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const database = new DatabaseSync(options.file ?? ':memory:');
  let requests = 0;
  let executed: string[] = [];
  const fill = () => {
    database.exec(schema);
    const insert = database.prepare('INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?, ?)');
    for (const row of people) insert.run(...row);
  };
  fill();

  const server = createServer(async (request, response) => {
    requests += 1;
    const body = await bodyOf(request);
    if (body === null) return reply(response, 413, { error: 'the body is too large' });
    const arrival = { method: request.method ?? '', path: request.url ?? '', rawHeaders: request.rawHeaders, body };
    if (options.respond?.(arrival, response)) return;
    try {
      const [status, value] = answer(database, arrival, (statement) => executed.push(statement));
      reply(response, status, value);
    } catch (error) {
      reply(response, 400, { error: error instanceof Error ? error.message : 'not executed' });
    }
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done, fail) => {
    server.once('error', fail).listen(options.port ?? 0, '127.0.0.1', done);
  });

  return {
    port: (server.address() as AddressInfo).port,
    stats: () => ({ requests, executed: [...executed], customers: countOf(database) }),
    reset() {
      database.exec('DROP TABLE IF EXISTS customers');
      fill();
      requests = 0;
      executed = [];
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      database.close();
    },
  };
}

type Answer = readonly [status: number, value: unknown];

function answer(database: DatabaseSync, arrival: Arrival, executing: (statement: string) => void): Answer {
  const path = arrival.path.replace(/\?.*$/, '');
  const one = /^\/customers\/([0-9]{1,9})$/.exec(path);
  if (arrival.method === 'GET' && path === '/customers')
    return [200, { customers: database.prepare('SELECT * FROM customers ORDER BY id').all() }];
  if (arrival.method === 'GET' && one) {
    const row = database.prepare('SELECT * FROM customers WHERE id = ?').get(Number(one[1]));
    return row ? [200, row] : [404, { error: 'no such customer' }];
  }
  if (arrival.method === 'POST' && path === '/sql') return execute(database, arrival.body, executing);
  return [404, { error: 'no such route' }];
}

function execute(database: DatabaseSync, body: Buffer, executing: (statement: string) => void): Answer {
  const { sql } = JSON.parse(body.toString('utf8')) as { sql?: unknown };
  if (typeof sql !== 'string' || sql.trim() === '') return [400, { error: 'expected {"sql": "..."}' }];
  let last: unknown = { changes: 0 };
  for (let rest = sql; rest.trim() !== ''; ) {
    const statement = database.prepare(rest);
    executing(statement.sourceSQL.trim());
    last = statement.columns().length > 0 ? { rows: statement.all() } : { changes: statement.run().changes };
    rest = rest.slice(statement.sourceSQL.length);
  }
  return [200, last];
}

function countOf(database: DatabaseSync): number | null {
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM customers').get()?.n);
  } catch {
    return null;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maxBody) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  const text = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
}

if (import.meta.main) {
  const [port, file] = process.argv.slice(2);
  const upstream = await startUpstream({ port: Number(port ?? 18080), ...(file === undefined ? {} : { file }) });
  process.stdout.write(`upstream on 127.0.0.1:${upstream.port}\n`);
}
