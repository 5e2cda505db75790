import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { directoryStore } from './audit/directory.ts';
import { epochOf } from './audit/epoch.ts';
import { fileSigner } from './audit/file-signer.ts';
import { privateKey } from './audit/keyfile.ts';
import { lockFolder } from './audit/lock.ts';
import { type Log, openLog } from './audit/log.ts';
import { openOpenings } from './audit/openings.ts';
import type { Config } from './config.ts';
import type { CountersignError } from './errors.ts';
import { openSqliteStore } from './hold/sqlite.ts';
import type { HoldStore } from './hold/store.ts';
import { openRecordingDirectory } from './record/directory.ts';
import type { RecordingStore } from './record/store.ts';
import { nodeTransport } from './transport/node.ts';
import type { Transport } from './transport/port.ts';

/** How Envoy is listened to. `onFault` hears what a handler threw. */
export const openTransport = (onFault: (error: unknown) => void): Transport => nodeTransport({ onFault });

/**
 * The log of the state folder, locked for this process. Keys are made for a log that has yet to be begun, and only then.
 * @throws CountersignError `audit_locked` | `key_invalid` | `audit_damaged` | `audit_broken`; nothing is left open
 */
export async function openAuditLog(config: Config, onBroken: (error: CountersignError) => void): Promise<Log> {
  const folder = join(config.state, 'audit');
  mkdirSync(join(config.state, 'keys'), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(join(config.state, 'audit.lock'));
  try {
    const { epoch, fresh, ...files } = epochOf(config.state);
    const log = await openLog({
      store: directoryStore(folder),
      signer: fileSigner(files.signer, fresh),
      logKey: privateKey(files.logKey, 'ed25519', fresh),
      openings: await openOpenings(files.openings),
      name: `${config.audit.writer}.${config.audit.domain}`,
      epoch,
      onBroken,
    });
    return {
      ...log,
      get entries() {
        return log.entries;
      },
      close: () => log.close().finally(unlock),
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The holds of the state folder. */
export const openHoldStore = (config: Config): Promise<HoldStore> => openSqliteStore(join(config.state, 'holds.db'));

/** The recordings of the state folder. */
export const openRecordingStore = (config: Config): RecordingStore =>
  openRecordingDirectory(join(config.state, 'recordings'));
