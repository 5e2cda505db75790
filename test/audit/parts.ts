/** A log in a folder for tests, and a store that fails when it is told to. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { directoryStore } from '../../plugin/audit/directory.ts';
import { fileSigner } from '../../plugin/audit/file-signer.ts';
import { privateKey } from '../../plugin/audit/keyfile.ts';
import type { EntryEvent, LogParts } from '../../plugin/audit/log.ts';
import { type Openings, openOpenings } from '../../plugin/audit/openings.ts';
import type { EntryStore } from '../../plugin/audit/store.ts';

/** Openings of a test that commits nothing. */
const noOpenings: Openings = {
  put: async () => {},
  get: async () => null,
  kept: async () => [],
  erase: async () => {},
  truncate: async () => {},
  close: async () => {},
};

/** The parts of the log in `state`, with its keys beside it as in the product. */
export function parts(state: string, changed: Partial<LogParts> = {}): LogParts {
  mkdirSync(join(state, 'audit'), { recursive: true });
  return {
    store: directoryStore(join(state, 'audit')),
    signer: fileSigner(join(state, 'signer.pem'), true),
    logKey: privateKey(join(state, 'log.pem'), 'ed25519', true),
    openings: noOpenings,
    name: 'gate.audit.example',
    ...changed,
  };
}

/** With openings in a database, as in the product. */
export async function partsWithOpenings(state: string, changed: Partial<LogParts> = {}): Promise<LogParts> {
  return parts(state, { openings: await openOpenings(join(state, 'openings.db')), ...changed });
}

/** An event that says its number. */
export const event = (count: number, detail = ''): EntryEvent => ({
  kind: 'deviation',
  body: { state: 'opened', what: 'test', detail, count },
});

/** What a write does when it fails: nothing, or all of it with the answer lost. */
export type Fault = 'before' | 'after';

/** A store whose writes can be made to fail, once armed. Counts what is written after the failure. */
export interface FaultyStore extends EntryStore {
  /** From now on the first `operation` on a path that matches fails. */
  arm(operation: Operation, path: RegExp, fault: Fault): void;
  /** Writes to segments since the failure. */
  readonly late: () => number;
}

/** What can fail. */
export type Operation = 'create' | 'append' | 'sync' | 'replace';

/** The directory of a log with faults to order. */
export function faulty(state: string): FaultyStore {
  mkdirSync(join(state, 'audit'), { recursive: true });
  const store = directoryStore(join(state, 'audit'));
  let armed: { operation: Operation; path: RegExp; fault: Fault } | null = null;
  let failed = false;
  let late = 0;

  async function guarded(operation: Operation, path: string, effect: () => Promise<void>): Promise<void> {
    if (failed && path.startsWith('segments/')) late += 1;
    const hit = armed !== null && armed.operation === operation && armed.path.test(path) ? armed : null;
    if (hit?.fault !== 'before') await effect();
    if (hit === null) return;
    armed = null;
    failed = true;
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  }

  return {
    ...store,
    create: (path, bytes) => guarded('create', path, () => store.create(path, bytes)),
    append: (path, bytes) => guarded('append', path, () => store.append(path, bytes)),
    sync: (path) => guarded('sync', path, () => store.sync(path)),
    replace: (path, bytes) => guarded('replace', path, () => store.replace(path, bytes)),
    arm(operation, path, fault) {
      armed = { operation, path, fault };
    },
    late: () => late,
  };
}
