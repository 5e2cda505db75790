import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { CountersignError } from '../errors.ts';
import { dueAt, forgettableAt, isLive } from './hold.ts';
import { type HoldRecord, stripped } from './record.ts';
import { layout, readEvent, tables, upgrade, writeEvent } from './sqlite-layout.ts';
import type { Change, Committed, Notice, Query, Receipt, Stored, Tally } from './store.ts';

/** The store's methods, synchronous: the worker's side. */
export interface HoldDatabase {
  commit(change: Change): Committed;
  mark(hold: string, version: number, receipt: Receipt | null, notices?: readonly Notice[]): void;
  select(query: Query): readonly Stored[];
  tally(asker: string, shape: string, since: number): Tally;
  forget(now: number, before: number): number | null;
  strippable(): readonly string[];
  strip(exchanges: readonly string[]): void;
  notices(now: number, limit: number): { readonly due: readonly Notice[]; readonly next: number | null };
  noticed(id: string, again: number | null): void;
  close(): void;
}

type Value = string | number | null;

type Count = { readonly total: number };

interface Row {
  readonly n: number;
  readonly key: string;
  readonly asker: string;
  readonly shape: string;
  readonly grant_name: string | null;
  readonly record: string;
}

interface OutboxRow {
  readonly version: number;
  readonly event: string | null;
  readonly seal: string | null;
  readonly receipt: string | null;
}

/** Receipt of an event that was not ours. */
const dropped = 'dropped';

/** Milliseconds that a transaction waits for another process's. */
const busyTimeout = 3_000;

/** Rows that one call strips: a transaction of a few milliseconds. */
const forgetAtOnce = 500;

const owes = 'EXISTS (SELECT 1 FROM outbox WHERE outbox.hold = holds.id AND receipt IS NULL)';

const closedTexts = `live = 0 AND forget_at IS NOT NULL AND NOT ${owes}`;

/**
 * Opens or makes the file, 0600. Write-ahead log with `synchronous = FULL`: a commit that returned is on the disk.
 * @throws CountersignError `unavailable` when it can't be opened, or another version wrote it
 */
export function openHoldDatabase(file: string): HoldDatabase {
  const db = open(file);
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  const run = (sql: string, ...values: Value[]) => prepare(sql).run(...values);
  const rows = (sql: string, ...values: Value[]) =>
    (
      prepare(`SELECT n, key, asker, shape, grant_name, record FROM holds ${sql}`).all(...values) as unknown as Row[]
    ).map(stored);

  function stored({ n, key, asker, shape, grant_name, record }: Row): Stored {
    const hold = JSON.parse(record) as HoldRecord;
    const events = prepare('SELECT version, event, seal, receipt FROM outbox WHERE hold = ? ORDER BY version').all(
      hold.id,
    ) as unknown as OutboxRow[];
    return {
      n,
      names: { key, asker, shape, grant: grant_name },
      hold,
      receipts: Object.fromEntries(
        events.flatMap(({ version, receipt }) =>
          receipt === null || receipt === dropped ? [] : [[version, JSON.parse(receipt) as Receipt]],
        ),
      ),
      owed: events.flatMap(({ version, event, seal, receipt }) =>
        receipt === null ? [{ version, event: event === null ? null : readEvent(event), seal: seal ?? '' }] : [],
      ),
    };
  }

  /** One transaction: all of it, or nothing. */
  function transact<T>(work: () => T, keeps: (result: T) => boolean = () => true): T {
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      db.exec(keeps(result) ? 'COMMIT' : 'ROLLBACK');
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }

  function transition({ hold, from, event, limits, names, seal }: Change): Committed {
    const { asker } = names;
    const columns = [
      ...[hold.state, hold.version, isLive(hold) ? 1 : 0, dueAt(hold), forgettableAt(hold), hold.closed],
      ...[hold.glass ? 1 : 0, JSON.stringify(hold)],
    ];
    if (from === 0) {
      const { total } = prepare("SELECT count(*) AS total FROM holds WHERE state = 'pending'").get() as Count;
      const { total: own } = prepare("SELECT count(*) AS total FROM holds WHERE state = 'pending' AND asker = ?").get(
        asker,
      ) as Count;
      if (total >= limits.pending || own >= limits.pendingPerPrincipal) return 'full';
      const made = run(
        'INSERT INTO holds (id, key, asker, shape, grant_name, state, version, live, due, forget_at, closed, glass, record) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING',
        ...[hold.id, names.key, asker, names.shape, names.grant],
        ...columns,
      );
      if (made.changes !== 1) return 'conflict';
    } else {
      const moved = run(
        'UPDATE holds SET state = ?, version = ?, live = ?, due = ?, forget_at = ?, closed = ?, glass = ?, record = ? WHERE id = ? AND version = ? AND live = 1',
        ...columns,
        hold.id,
        from,
      );
      if (moved.changes !== 1) return 'conflict';
    }
    run(
      'INSERT INTO outbox (hold, version, event, seal) VALUES (?,?,?,?)',
      ...[hold.id, hold.version, writeEvent(event), seal],
    );
    return 'committed';
  }

  function stripRow({ id, record }: { readonly id: string; readonly record: string }): void {
    run(
      "UPDATE holds SET key = '', forget_at = NULL, record = ? WHERE id = ?",
      JSON.stringify(stripped(JSON.parse(record) as HoldRecord)),
      id,
    );
  }

  /** The journal still has what was written before: it is emptied, else the texts are not gone. */
  function strip(exchanges: readonly string[]): void {
    transact(() => {
      for (const exchange of exchanges)
        for (const row of prepare(
          `SELECT id, record FROM holds WHERE ${closedTexts} AND json_extract(record, '$.exchange') = ?`,
        ).all(exchange) as { id: string; record: string }[])
          stripRow(row);
    });
    const { busy } = prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { readonly busy: number };
    if (busy !== 0) throw new Error('another process reads the holds: what their journal says could not be erased');
  }

  /** Overwrites what closed rows said: `secure_delete` is on. */
  function forget(now: number, before: number): number | null {
    const old = 'SELECT id FROM holds WHERE live = 0 AND closed < ? LIMIT ?';
    run(`DELETE FROM outbox WHERE hold IN (${old})`, before, forgetAtOnce);
    run(`DELETE FROM holds WHERE id IN (${old})`, before, forgetAtOnce);
    const due = prepare('SELECT id, record FROM holds WHERE forget_at <= ? ORDER BY forget_at LIMIT ?').all(
      now,
      forgetAtOnce,
    ) as { id: string; record: string }[];
    for (const one of due) stripRow(one);
    const { next } = prepare('SELECT min(forget_at) AS next FROM holds WHERE forget_at IS NOT NULL').get() as {
      next: number | null;
    };
    return next;
  }

  const selections: { readonly [By in Query['by']]: (query: Extract<Query, { by: By }>) => readonly Stored[] } = {
    id: ({ id }) => rows('WHERE id = ?', id),
    key: ({ key }) => rows('WHERE key = ? ORDER BY n DESC LIMIT 1', key),
    pending: () => rows(`WHERE state = 'pending' AND NOT ${owes} ORDER BY n`),
    live: () => rows(`WHERE live = 1 AND NOT ${owes} ORDER BY n`),
    grant: ({ name }) => rows('WHERE grant_name = ? AND live = 1 ORDER BY n DESC LIMIT 20', name),
    closed: ({ before, limit, shape }) =>
      shape === null
        ? rows(`WHERE live = 0 AND n < ? AND NOT ${owes} ORDER BY n DESC LIMIT ?`, before, limit)
        : rows(`WHERE shape = ? AND live = 0 AND n < ? AND NOT ${owes} ORDER BY n DESC LIMIT ?`, shape, before, limit),
    due: () => rows('WHERE live = 1 ORDER BY due LIMIT 1'),
    owed: () => rows('WHERE id IN (SELECT hold FROM outbox WHERE receipt IS NULL) ORDER BY n'),
  };

  return {
    commit: (change) =>
      transact(
        () => transition(change),
        (committed) => committed === 'committed',
      ),
    mark(hold, version, receipt, notices = []) {
      transact(() => {
        const marked = run(
          'UPDATE outbox SET receipt = ?, event = NULL, seal = NULL WHERE hold = ? AND version = ? AND receipt IS NULL',
          receipt === null ? dropped : JSON.stringify(receipt),
          hold,
          version,
        );
        if (marked.changes !== 1) return;
        for (const { id, event, rule, at, target } of notices)
          run(
            'INSERT OR IGNORE INTO notices (id, event, hold, rule, at, target, attempts, due) VALUES (?,?,?,?,?,?,0,?)',
            ...[id, event, hold, rule, at, target, at],
          );
      });
    },
    tally(asker, shape, since) {
      const { rejected, last } = prepare(
        "SELECT count(*) AS rejected, max(closed) AS last FROM holds WHERE asker = ? AND shape = ? AND state = 'rejected' AND closed >= ?",
      ).get(asker, shape, since) as { rejected: number; last: number | null };
      const { total } = prepare(
        'SELECT count(*) AS total FROM holds WHERE asker = ? AND glass = 1 AND closed >= ?',
      ).get(asker, since) as Count;
      return { rejected, lastRejected: last, glass: total };
    },
    strippable: () =>
      prepare(`SELECT DISTINCT json_extract(record, '$.exchange') AS exchange FROM holds WHERE ${closedTexts}`)
        .all()
        .map(({ exchange }) => String(exchange)),
    strip,
    forget: (now, before) => transact(() => forget(now, before)),
    notices(now, limit) {
      const due = prepare(
        'SELECT id, event, hold, rule, at, target, attempts FROM notices WHERE due <= ? ORDER BY due LIMIT ?',
      ).all(now, limit) as unknown as Notice[];
      const { next } = prepare('SELECT min(due) AS next FROM notices').get() as { next: number | null };
      return { due: due.map((notice) => ({ ...notice })), next };
    },
    noticed(id, again) {
      if (again === null) run('DELETE FROM notices WHERE id = ?', id);
      else run('UPDATE notices SET attempts = attempts + 1, due = ? WHERE id = ?', again, id);
    },
    select: (query) => (selections[query.by] as (query: Query) => readonly Stored[])(query),
    close() {
      prepared.clear();
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
    else if (found === 1) db.exec(`BEGIN IMMEDIATE; ${upgrade} ${tables} COMMIT`);
    else if (found !== layout) throw new Error(`its layout is ${found}, this version reads ${layout}`);
    return db;
  } catch (cause) {
    throw new CountersignError('unavailable', `${file}: the hold store can't be opened (${String(cause)})`, { cause });
  }
}
