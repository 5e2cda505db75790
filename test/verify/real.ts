import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { directoryStore } from '../../plugin/audit/directory.ts';
import { fileSigner } from '../../plugin/audit/file-signer.ts';
import { privateKey } from '../../plugin/audit/keyfile.ts';
import { type EntryEvent, type Log, openLog } from '../../plugin/audit/log.ts';
import { openOpenings } from '../../plugin/audit/openings.ts';
import type { Keys } from './forger.ts';
import { approved, consumed, decision, exchange, opened, response } from './sample.ts';

/** Opens a log of the real writer in `state/audit`, as the product does. */
export async function openReal(state: string): Promise<Log> {
  const folder = join(state, 'audit');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(state, 'keys'), { recursive: true });
  return openLog({
    store: directoryStore(folder),
    signer: fileSigner(join(state, 'keys', 'signer.pem'), true),
    logKey: privateKey(join(state, 'keys', 'log.pem'), 'ed25519', true),
    openings: await openOpenings(join(state, 'openings.db')),
    name: 'gateway.example.org',
  });
}

/** The members of a sample entry as the event that the writer makes it of. */
export function eventOf({ kind, exchange, principal, policyDigest, ...body }: Record<string, unknown>): EntryEvent {
  const common = Object.fromEntries(
    Object.entries({ exchange, principal, policyDigest }).filter(([, value]) => value !== undefined),
  );
  return { kind, ...common, body, committed: { content: Buffer.from('content') } } as EntryEvent;
}

/** Two reads, a denial, and a delete that was held and approved: seven batches with boot and close. */
export async function writeReal(state: string): Promise<{ readonly folder: string; readonly keys: Keys }> {
  const log = await openReal(state);
  const append = (...entries: readonly object[]) =>
    Promise.all(entries.map((entry) => log.append(eventOf(entry as Record<string, unknown>))));
  const [first] = await append(decision(1), decision(2, { verdict: 'deny', release: 'skip', planDigest: undefined }));
  await append(response(1, first?.seq ?? 0, { decision: { origin: log.origin, seq: first?.seq } }), opened);
  const [, , third] = await append(approved, consumed, decision(3, { hold: 'h_one', method: 'DELETE' }));
  await append(response(3, 0, { decision: { origin: log.origin, seq: third?.seq } }));
  await append(decision(4, { exchange: exchange(4) }));
  await log.close();
  return { folder: join(state, 'audit'), keys: readKeys(state) };
}

/** The private keys of a state folder. */
export function readKeys(state: string): Keys {
  const signer = createPrivateKey(readFileSync(join(state, 'keys', 'signer.pem')));
  const log = createPrivateKey(readFileSync(join(state, 'keys', 'log.pem')));
  return { signer, signerPublic: createPublicKey(signer), log, logPublic: createPublicKey(log) };
}
