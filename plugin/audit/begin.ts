import { CountersignError } from '../errors.ts';
import { type Chain, openChain } from './chain.ts';
import type { LogParts } from './log.ts';
import { manifestFiles, readManifest } from './manifest.ts';

/**
 * The chain, still empty, of the log that is there, or of a new one, whose public files are written first.
 * @throws CountersignError `audit_damaged` when the folder is another log's or lacks `writer.json`; `key_invalid` when it has other keys
 */
export async function begin({ store, signer, logKey, name, epoch = 1, now = Date.now }: LogParts): Promise<Chain> {
  const files = await store.list('');
  const there = files.includes('writer.json');
  if (!there && (files.includes('checkpoint') || (await store.list('segments')).length > 0))
    throw new CountersignError(
      'audit_damaged',
      'the audit log has entries, but writer.json, which names its keys, is missing. Nothing was changed. Restore it from a backup, or move the folder away to begin a new epoch; see docs/operators.md',
    );
  const manifest = there
    ? readManifest(await store.read('writer.json'))
    : { origin: `e${epoch}.${name}`, epoch, created: now() };
  const origin = `e${manifest.epoch}.${name}`;
  if (manifest.origin !== origin)
    throw new CountersignError(
      'audit_damaged',
      `this folder is the log ${manifest.origin}, the configuration says ${origin}: set audit.writer and audit.domain back, or use another state folder`,
    );
  const { 'writer.json': writer, ...others } = await manifestFiles(manifest, signer, logKey);
  if (there && !(await store.read('writer.json')).equals(writer))
    throw new CountersignError('key_invalid', 'the keys are not those that this log was begun with: put them back');
  // A folder that was restored in part gets the others again: they follow from the keys.
  for (const [path, bytes] of Object.entries(others))
    if (!there || !files.includes(path)) await store.replace(path, bytes);
  if (!there) await store.replace('writer.json', writer);
  return openChain(origin, manifest.epoch, signer, manifest.created);
}
