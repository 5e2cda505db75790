import { CountersignError } from '../errors.ts';
import { type Chain, openChain } from './chain.ts';
import type { LogParts } from './log.ts';
import { manifestFiles, readManifest } from './manifest.ts';

/**
 * The chain, still empty, of the log that is there, or of a new one, whose public files are written first.
 * @throws CountersignError `audit_damaged` when the folder is another log's; `key_invalid` when it has other keys
 */
export async function begin({ store, signer, logKey, name, now = Date.now }: LogParts): Promise<Chain> {
  const there = (await store.list('')).includes('writer.json');
  const manifest = there
    ? readManifest(await store.read('writer.json'))
    : { origin: `e1.${name}`, epoch: 1, created: now() };
  const origin = `e${manifest.epoch}.${name}`;
  if (manifest.origin !== origin)
    throw new CountersignError(
      'audit_damaged',
      `this folder is the log ${manifest.origin}, the configuration says ${origin}: set audit.writer and audit.domain back, or use another state folder`,
    );
  const files = await manifestFiles(manifest, signer, logKey);
  if (!there)
    for (const [path, bytes] of Object.entries(files).filter(([path]) => path !== 'writer.json'))
      await store.replace(path, bytes);
  else if (!(await store.read('writer.json')).equals(files['writer.json'] ?? Buffer.alloc(0)))
    throw new CountersignError('key_invalid', 'the keys are not those that this log was begun with: put them back');
  if (!there) await store.replace('writer.json', files['writer.json'] ?? Buffer.alloc(0));
  return openChain(origin, manifest.epoch, signer);
}
