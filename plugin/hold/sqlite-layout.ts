import type { HoldEvent } from './store.ts';

/** Layout of the file; a newer one is refused. */
export const layout = 2;

/**
 * `key`, `asker`, `shape` and `grant_name` are keyed digests. `forget_at`: when a closed row is stripped; null while it
 * is live, and afterwards.
 */
export const tables = `
CREATE TABLE holds (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, asker TEXT NOT NULL, shape TEXT NOT NULL,
  grant_name TEXT, state TEXT NOT NULL, version INTEGER NOT NULL, live INTEGER NOT NULL, due INTEGER NOT NULL,
  forget_at INTEGER, closed INTEGER, glass INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
CREATE INDEX holds_key ON holds (key);
CREATE UNIQUE INDEX holds_live ON holds (key) WHERE live = 1;
CREATE INDEX holds_due ON holds (due) WHERE live = 1;
CREATE INDEX holds_pending ON holds (asker) WHERE state = 'pending';
CREATE INDEX holds_grant ON holds (grant_name) WHERE live = 1 AND grant_name IS NOT NULL;
CREATE INDEX holds_tally ON holds (asker, closed) WHERE live = 0;
CREATE INDEX holds_shape ON holds (shape) WHERE live = 0;
CREATE INDEX holds_closed ON holds (closed) WHERE live = 0;
CREATE INDEX holds_forget ON holds (forget_at) WHERE forget_at IS NOT NULL;
CREATE TABLE outbox (
  hold TEXT NOT NULL, version INTEGER NOT NULL, event TEXT, seal TEXT, receipt TEXT,
  PRIMARY KEY (hold, version)) STRICT;
CREATE INDEX outbox_owed ON outbox (hold) WHERE receipt IS NULL;
CREATE TABLE notices (
  id TEXT PRIMARY KEY, event TEXT NOT NULL, hold TEXT NOT NULL, rule TEXT NOT NULL, at INTEGER NOT NULL,
  target INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL) STRICT;
CREATE INDEX notices_due ON notices (due);
PRAGMA user_version = ${layout};
`;

/** A file of layout 1: its holds were opened without the names that rows have now; their requests are asked anew. */
export const upgrade = 'DROP TABLE holds; DROP TABLE outbox;';

/** An event as the outbox keeps it: JSON, with committed values in base64. */
export function writeEvent({ committed, ...event }: HoldEvent): string {
  const encoded = Object.entries(committed).map(([field, value]) => [field, Buffer.from(value).toString('base64')]);
  return JSON.stringify({ ...event, committed: Object.fromEntries(encoded) });
}

/** Reads what `writeEvent` wrote; null for anything else. */
export function readEvent(text: string): HoldEvent | null {
  try {
    const event = JSON.parse(text) as HoldEvent & { readonly committed: Readonly<Record<string, string>> };
    const decoded = Object.entries(event.committed).map(([field, value]) => [field, Buffer.from(value, 'base64')]);
    return { ...event, committed: Object.fromEntries(decoded) as HoldEvent['committed'] };
  } catch {
    return null;
  }
}
