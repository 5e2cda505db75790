/** A real log with anchors of whoever is given, in `state/audit`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Anchor, openAnchors } from '../../plugin/audit/anchors.ts';
import { directoryStore } from '../../plugin/audit/directory.ts';
import { fileSigner } from '../../plugin/audit/file-signer.ts';
import { privateKey } from '../../plugin/audit/keyfile.ts';
import { type Log, openLog } from '../../plugin/audit/log.ts';
import { openOpenings } from '../../plugin/audit/openings.ts';
import type { Signer } from '../../plugin/audit/signer.ts';
import type { EntryStore } from '../../plugin/audit/store.ts';

/** A log and what failed beside it. */
export interface AnchoredLog {
  readonly log: Log;
  readonly failures: unknown[];
}

/** Opens it as the product does; every checkpoint is anchored at once. */
export async function openAnchored(
  state: string,
  make: (signer: Signer, store: EntryStore, onFailed: (name: string, error: unknown) => void) => readonly Anchor[],
): Promise<AnchoredLog> {
  mkdirSync(join(state, 'audit'), { recursive: true });
  mkdirSync(join(state, 'keys'), { recursive: true });
  const store = directoryStore(join(state, 'audit'));
  const signer = fileSigner(join(state, 'keys', 'signer.pem'), true);
  const failures: unknown[] = [];
  const onFailed = (_: string, error: unknown) => failures.push(error);
  const anchors = openAnchors({ store, anchors: make(signer, store, onFailed), every: 1, deadline: 20_000, onFailed });
  const log = await openLog({
    store,
    signer,
    logKey: privateKey(join(state, 'keys', 'log.pem'), 'ed25519', true),
    openings: await openOpenings(join(state, 'openings.db')),
    name: 'gateway.example.org',
    anchors,
  });
  return { log, failures };
}
