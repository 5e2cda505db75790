import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAnchors } from './audit/anchors.ts';
import { directoryStore } from './audit/directory.ts';
import { epochOf } from './audit/epoch.ts';
import { fileSigner } from './audit/file-signer.ts';
import { privateKey } from './audit/keyfile.ts';
import { lockFolder } from './audit/lock.ts';
import { type Log, openLog } from './audit/log.ts';
import { openOpenings } from './audit/openings.ts';
import type { Signer } from './audit/signer.ts';
import type { EntryStore } from './audit/store.ts';
import { type Authority, stampAnchor } from './audit/timestamp.ts';
import { witnessAnchor } from './audit/witness.ts';
import type { Config } from './config.ts';
import { CountersignError } from './errors.ts';
import { openSqliteStore } from './hold/sqlite.ts';
import type { HoldStore } from './hold/store.ts';
import { openRecordingDirectory } from './record/directory.ts';
import type { RecordingStore } from './record/store.ts';
import { h2Transport } from './transport/h2/server.ts';
import { nodeTransport } from './transport/node.ts';
import type { Transport } from './transport/port.ts';
import { checkStamp, readStampRoots } from './verify/stamp.ts';

/** How Envoy is listened to, by the name of the adapter. `onFault` hears what a handler threw. */
const transports: Readonly<Record<'h2' | 'node', (onFault: (error: unknown) => void) => Transport>> = {
  h2: (onFault) => h2Transport({ onFault }),
  node: (onFault) => nodeTransport({ onFault }),
};

/** The transport that the configuration names; `auto` is our own. */
export const openTransport = ({ transport }: Config, onFault: (error: unknown) => void): Transport =>
  transports[transport === 'auto' ? 'h2' : transport](onFault);

/** Who hears of the log's faults. */
export interface AuditWatch {
  /** Once, when a write fails: nothing more may be allowed. */
  onBroken(error: CountersignError): void;
  /** Each try of an anchor that failed; it is repeated. */
  onUnanchored(name: string, error: unknown): void;
}

/**
 * The log of the state folder, locked for this process. Keys are made for a log that has yet to be begun, and only then.
 * @throws CountersignError `audit_locked` | `key_invalid` | `audit_damaged` | `audit_broken`; nothing is left open
 */
export async function openAuditLog(config: Config, watch: AuditWatch): Promise<Log> {
  const folder = join(config.state, 'audit');
  mkdirSync(join(config.state, 'keys'), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(join(config.state, 'audit.lock'));
  try {
    const { epoch, fresh, ...files } = epochOf(config.state);
    const store = directoryStore(folder);
    const signer = fileSigner(files.signer, fresh);
    const log = await openLog({
      store,
      signer,
      logKey: privateKey(files.logKey, 'ed25519', fresh),
      openings: await openOpenings(files.openings),
      name: `${config.audit.writer}.${config.audit.domain}`,
      epoch,
      anchors: anchorsOf(config, store, signer, watch),
      onBroken: watch.onBroken,
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

/** Time stamps and cosignatures as configured; null where neither is. @throws CountersignError `config_invalid` */
function anchorsOf(config: Config, store: EntryStore, signer: Signer, { onUnanchored }: AuditWatch) {
  const { every, deadline, tsa, witnesses } = config.audit.anchors;
  const anchors = [
    ...(tsa.length === 0 ? [] : [stampAnchor(signer, tsa.map(authorityOf), onUnanchored)]),
    ...(witnesses.length === 0 ? [] : [witnessAnchor(store, witnesses, onUnanchored)]),
  ];
  return anchors.length === 0 ? null : openAnchors({ store, anchors, every, deadline, onFailed: onUnanchored });
}

/** An authority whose stamps our own verifier takes, where its root is known. */
function authorityOf({ url, root }: Config['audit']['anchors']['tsa'][number]): Authority {
  if (root === undefined) return { url };
  const roots = readStampRoots(readFileSync(root, 'utf8'));
  if (roots === null)
    throw new CountersignError('config_invalid', `audit.anchors.tsa: ${root}: expected certificates as PEM`);
  return {
    url,
    fault(stamp, message) {
      const verdict = checkStamp(stamp, message, roots);
      return 'fault' in verdict ? verdict.fault : null;
    },
  };
}

/** The holds of the state folder. */
export const openHoldStore = (config: Config): Promise<HoldStore> => openSqliteStore(join(config.state, 'holds.db'));

/** The recordings of the state folder. */
export const openRecordingStore = (config: Config): RecordingStore =>
  openRecordingDirectory(join(config.state, 'recordings'));
