import type { KeyObject } from 'node:crypto';
import type { Head } from './anchors.ts';
import type { Chain } from './chain.ts';
import { checkpointOf } from './checkpoint.ts';
import type { EntryStore } from './store.ts';
import { tilesOf, writeTile } from './tiles.ts';

/** What publishing stands on. */
interface Published {
  readonly store: EntryStore;
  readonly chain: Chain;
  /** Ed25519. */
  readonly logKey: KeyObject;
  /** Batches that are published already. */
  readonly size: number;
  /** Called with each checkpoint that is published. */
  readonly onHead?: ((head: Head) => void) | undefined;
}

/**
 * Publishes what is durable: tiles, then the checkpoint that speaks of them. Calls run one after the other; one with
 * nothing new writes nothing. After a rejection every call rejects.
 */
export function openPublisher({ store, chain, logKey, size: already, onHead }: Published): () => Promise<void> {
  let published = already;
  let last: Promise<void> = Promise.resolve();

  async function publish(): Promise<void> {
    const { size } = chain.tree;
    if (size === published) return;
    // Both of this very moment: the log grows while they are written.
    const tiles = tilesOf(chain.tree, published, chain.body);
    const note = checkpointOf(chain.origin, size, chain.tree.root(), logKey);
    for (const tile of tiles) await writeTile(store, tile);
    await store.replace('checkpoint', Buffer.from(note));
    chain.release(size);
    published = size;
    onHead?.({ size, note, republish: (cosigned) => republish(size, cosigned) });
  }

  /** In its turn, so that it never takes the place of a newer one; its failure is whoever asked for it. */
  function republish(size: number, note: string): Promise<void> {
    const before = last;
    const done = before.then(async () => {
      if (published === size) await store.replace('checkpoint', Buffer.from(note));
    });
    last = before.then(() => done.catch(() => {}));
    last.catch(() => {});
    return done;
  }

  return () => {
    last = last.then(publish);
    return last;
  };
}
