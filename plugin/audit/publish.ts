import type { KeyObject } from 'node:crypto';
import type { Chain } from './chain.ts';
import { checkpointOf } from './checkpoint.ts';
import { readLeafBody } from './reader.ts';
import type { EntryStore } from './store.ts';
import { writeTiles } from './tiles.ts';

/** What publishing stands on. */
interface Published {
  readonly store: EntryStore;
  readonly chain: Chain;
  /** Ed25519. */
  readonly logKey: KeyObject;
  /** Batches that are published already. */
  readonly size: number;
}

/**
 * Publishes what is durable: tiles, then the checkpoint that speaks of them. Calls run one after the other; one with
 * nothing new writes nothing. After a rejection every call rejects.
 */
export function openPublisher({ store, chain, logKey, size: already }: Published): () => Promise<void> {
  let published = already;
  let last: Promise<void> = Promise.resolve();

  async function publish(): Promise<void> {
    const { size } = chain.tree;
    if (size === published) return;
    const body = await bodies(published, size);
    await writeTiles(store, { ...chain.tree, size }, published, body);
    const note = checkpointOf(chain.origin, size, chain.tree.rootAt(size), logKey);
    await store.replace('checkpoint', Buffer.from(note));
    published = size;
  }

  /** Leaf bodies by index, from the beginning of the tile that `from` is in: the chain keeps those of the last tile. */
  async function bodies(from: number, to: number): Promise<(index: number) => Buffer> {
    const kept = chain.tail.slice();
    const start = to - kept.length;
    const first = from - (from % tileWidth);
    const read: Buffer[] = [];
    for (let batch = first; batch < start; batch += 1) read.push(await readLeafBody(store, chain, batch));
    return (index) => (index < start ? read[index - first] : kept[index - start]) ?? Buffer.alloc(0);
  }

  return () => {
    last = last.then(publish);
    return last;
  };
}

const tileWidth = 256;
