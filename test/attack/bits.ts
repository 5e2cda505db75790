/** Flips every bit of a file of a small log, one after the other, and lists those that nobody noticed. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { directoryStore } from '../../plugin/audit/directory.ts';
import { openLog } from '../../plugin/audit/log.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { parts } from '../audit/parts.ts';

/** A log that was published once and then left alone, as a kill leaves it: one batch of one entry. `key` is its signer's name. */
export async function smallLog(state: string): Promise<{ readonly folder: string; readonly key: string }> {
  const folder = join(state, 'audit');
  const log = await openLog(parts(state));
  const files = new Map(contents(folder));
  await log.close();
  const store = directoryStore(folder);
  for (const [path] of contents(folder)) if (!files.has(path)) await store.remove(path);
  for (const [path, bytes] of files) writeFileSync(join(folder, path), bytes);
  await store.close();
  return { folder, key: (await verifyLog(folder)).key };
}

function contents(folder: string): [string, Buffer][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => relative(folder, join(item.parentPath, item.name)))
    .map((path) => [path, readFileSync(join(folder, path))]);
}

/** Offsets, in bits, of the flips of a file that the verifier did not find. */
export async function unnoticedBits(folder: string, file: string, key: string): Promise<number[]> {
  const path = join(folder, file);
  const good = readFileSync(path);
  const passed: number[] = [];
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    const flipped = Buffer.from(good);
    const at = Math.floor(bit / 8);
    flipped.writeUInt8(good.readUInt8(at) ^ (1 << (bit % 8)), at);
    writeFileSync(path, flipped);
    if ((await verifyLog(folder, { key })).findings.length === 0) passed.push(bit);
  }
  writeFileSync(path, good);
  return passed;
}
