import { saltOf } from './commit.ts';
import type { Openings } from './openings.ts';

/** What opens one commitment of an entry. Whoever has it can check it against the entry (`commitmentOf`). */
export interface Disclosed {
  readonly field: string;
  /** The field's own salt, base64: it tells nothing of the entry's other fields. */
  readonly salt: string;
  /** The bytes committed to, base64. */
  readonly value: string;
}

/** The erasable side of a log, with the secrets kept in. */
export interface Erasable {
  /** Every field that can still be opened of an entry; empty when it commits to nothing or its opening was erased. */
  disclose(seq: number): Promise<readonly Disclosed[]>;
  /** Sequence numbers of the entries that can still be opened, in order. */
  kept(): Promise<readonly number[]>;
  /** Deletes their openings: no file has them when this resolves. */
  erase(seqs: readonly number[]): Promise<void>;
}

/** Over the store of openings: salts of fields go out, never the secret that they come of. */
export function openErasable(openings: Pick<Openings, 'get' | 'kept' | 'erase'>): Erasable {
  return {
    async disclose(seq) {
      const opening = await openings.get(seq);
      if (opening === null) return [];
      return Object.entries(opening.values).map(([field, value]) => ({
        field,
        salt: saltOf(opening.secret, field).toString('base64'),
        value: Buffer.from(value).toString('base64'),
      }));
    },
    kept: () => openings.kept(),
    erase: (seqs) => openings.erase(seqs),
  };
}
