import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { directoryStore } from './audit/directory.ts';
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

/** How Envoy is listened to. */
export const openTransport = (): Transport => nodeTransport();

/** The log of the state folder, locked for this process. */
export async function openAuditLog(config: Config, onBroken: (error: CountersignError) => void): Promise<Log> {
  const folder = join(config.state, 'audit');
  mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(join(config.state, 'audit.lock'));
  const fresh = !existsSync(join(folder, 'writer.json'));
  const log = await openLog({
    store: directoryStore(folder),
    signer: fileSigner(join(config.state, 'keys', 'signer.pem'), fresh),
    logKey: privateKey(join(config.state, 'keys', 'log.pem'), 'ed25519', fresh),
    openings: await openOpenings(join(config.state, 'openings.db')),
    name: `${config.audit.writer}.${config.audit.domain}`,
    onBroken,
  });
  return {
    ...log,
    get entries() {
      return log.entries;
    },
    async close() {
      await log.close();
      unlock();
    },
  };
}

/** The holds of the state folder. */
export const openHoldStore = (config: Config): Promise<HoldStore> => openSqliteStore(join(config.state, 'holds.db'));

/** The recordings of the state folder. */
export const openRecordingStore = (config: Config): RecordingStore =>
  openRecordingDirectory(join(config.state, 'recordings'));
