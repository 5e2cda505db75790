import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CountersignError } from '../errors.ts';
import { dueAt, isLive } from './hold.ts';
import { askerKey, type HoldRecord, keyOf } from './record.ts';
import type { Change, Committed, HoldEvent, Query, Receipt, Stored } from './store.ts';

/** The store's four methods, synchronous: the worker's side. */
export interface HoldDatabase {
  commit(change: Change): Committed;
  mark(hold: string, version: number, receipt: Receipt): void;
  select(query: Query): readonly Stored[];
  close(): void;
}

/** Layout of the file; another one is refused. */
const layout = 1;

/** Milliseconds that a transaction waits for another process's. */
const busyTimeout = 5_000;

const tables = `
CREATE TABLE holds (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, asker TEXT NOT NULL, state TEXT NOT NULL,
  version INTEGER NOT NULL, live INTEGER NOT NULL, due INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
CREATE INDEX holds_key ON holds (key);
CREATE UNIQUE INDEX holds_live ON holds (key) WHERE live = 1;
CREATE INDEX holds_due ON holds (due) WHERE live = 1;
CREATE INDEX holds_pending ON holds (asker) WHERE state = 'pending';
CREATE TABLE outbox (
  hold TEXT NOT NULL, version INTEGER NOT NULL, event TEXT, receipt TEXT, PRIMARY KEY (hold, version)) STRICT;
CREATE INDEX outbox_owed ON outbox (hold) WHERE receipt IS NULL;
PRAGMA user_version = ${layout};
`;

const owes = 'EXISTS (SELECT 1 FROM outbox WHERE outbox.hold = holds.id AND receipt IS NULL)';

/**
 * Opens or makes the file, 0600. Write-ahead log with `synchronous = FULL`: a commit that returned is on the disk.
 * @throws CountersignError `unavailable` when it can't be opened, or another version wrote it
 */
export function openHoldDatabase(file: string): HoldDatabase {
  const db = open(file);
  const run = (sql: string, ...values: (string | number)[]) => db.prepare(sql).run(...values);
  const rows = (sql: string, ...values: (string | number)[]) =>
    (db.prepare(`SELECT record FROM holds ${sql}`).all(...values) as { record: string }[]).map(({ record }) =>
      stored(JSON.parse(record) as HoldRecord),
    );

  function stored(hold: HoldRecord): Stored {
    const events = db
      .prepare('SELECT version, event, receipt FROM outbox WHERE hold = ? ORDER BY version')
      .all(hold.id) as { version: number; event: string | null; receipt: string | null }[];
    return {
      hold,
      receipts: Object.fromEntries(
        events.flatMap(({ version, receipt }) => (receipt === null ? [] : [[version, JSON.parse(receipt) as Receipt]])),
      ),
      owed: events.flatMap(({ event, receipt }) => (event === null || receipt !== null ? [] : [readEvent(event)])),
    };
  }

  function transition({ hold, from, event, limits }: Change): Committed {
    const asker = askerKey(hold.asker);
    const columns = [hold.state, hold.version, isLive(hold) ? 1 : 0, dueAt(hold), JSON.stringify(hold)] as const;
    if (from === 0) {
      const { total, own } = db
        .prepare(
          "SELECT count(*) AS total, count(*) FILTER (WHERE asker = ?) AS own FROM holds WHERE state = 'pending'",
        )
        .get(asker) as { total: number; own: number };
      if (total >= limits.pending || own >= limits.pendingPerPrincipal) return 'full';
      const made = run(
        'INSERT INTO holds (id, key, asker, state, version, live, due, record) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING',
        hold.id,
        keyOf(hold),
        asker,
        ...columns,
      );
      if (made.changes !== 1) return 'conflict';
    } else {
      const moved = run(
        'UPDATE holds SET state = ?, version = ?, live = ?, due = ?, record = ? WHERE id = ? AND version = ? AND live = 1',
        ...columns,
        hold.id,
        from,
      );
      if (moved.changes !== 1) return 'conflict';
    }
    run('INSERT INTO outbox (hold, version, event) VALUES (?,?,?)', hold.id, hold.version, writeEvent(event));
    return 'committed';
  }

  const selections: { readonly [By in Query['by']]: (query: Extract<Query, { by: By }>) => readonly Stored[] } = {
    id: ({ id }) => rows('WHERE id = ?', id),
    key: ({ key }) => rows('WHERE key = ? ORDER BY n DESC LIMIT 1', key),
    pending: () => rows(`WHERE state = 'pending' AND NOT ${owes} ORDER BY n`),
    due: () => rows('WHERE live = 1 ORDER BY due LIMIT 1'),
    owed: () => rows('WHERE id IN (SELECT hold FROM outbox WHERE receipt IS NULL) ORDER BY n'),
  };

  return {
    commit(change) {
      db.exec('BEGIN IMMEDIATE');
      try {
        const committed = transition(change);
        db.exec(committed === 'committed' ? 'COMMIT' : 'ROLLBACK');
        return committed;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    mark(hold, version, receipt) {
      run(
        'UPDATE outbox SET receipt = ?, event = NULL WHERE hold = ? AND version = ? AND receipt IS NULL',
        JSON.stringify(receipt),
        hold,
        version,
      );
    },
    select: (query) => (selections[query.by] as (query: Query) => readonly Stored[])(query),
    close() {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

function open(file: string): DatabaseSync {
  try {
    closeSync(openSync(file, 'a', 0o600));
    const db = new DatabaseSync(file, { timeout: busyTimeout });
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF',
    );
    const found = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
    if (found === 0) db.exec(`BEGIN IMMEDIATE; ${tables} COMMIT`);
    else if (found !== layout) throw new Error(`its layout is ${found}, this version reads ${layout}`);
    return db;
  } catch (cause) {
    throw new CountersignError('unavailable', `${file}: the hold store can't be opened (${String(cause)})`, { cause });
  }
}

function writeEvent({ committed, ...event }: HoldEvent): string {
  const encoded = Object.entries(committed).map(([field, value]) => [field, Buffer.from(value).toString('base64')]);
  return JSON.stringify({ ...event, committed: Object.fromEntries(encoded) });
}

function readEvent(text: string): HoldEvent {
  const event = JSON.parse(text) as HoldEvent & { readonly committed: Readonly<Record<string, string>> };
  const decoded = Object.entries(event.committed).map(([field, value]) => [field, Buffer.from(value, 'base64')]);
  return { ...event, committed: Object.fromEntries(decoded) as HoldEvent['committed'] };
}
