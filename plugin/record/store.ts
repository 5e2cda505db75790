/** Parts of a recording. `head` holds its key and what it is about; without it the others can't be read. */
export type Part = 'head' | 'request' | 'response';

/** Where a part is written. */
export interface PartWriter {
  /** Appends in order. Resolves when the bytes are with the store, not yet durable. One call at a time. */
  append(bytes: readonly Uint8Array[]): Promise<void>;
  /** No more bytes come. Not yet durable: see `RecordingStore.sync`. */
  close(): Promise<void>;
}

/**
 * Port: a place for recordings, which it sees encrypted only. Every fault rejects with CountersignError `record_failed`;
 * an id that is not made of letters, digits and `-` with `record_unknown`.
 */
export interface RecordingStore {
  /** A new part. Null when it exists: a part is written once and never replaced. */
  create(recording: string, part: Part): Promise<PartWriter | null>;
  /** Resolves when every part of the recording, as written so far by whatever process, survives a loss of power. */
  sync(recording: string): Promise<void>;
  /** All bytes of a part, those of a part that is still being written included. Null when there is none. */
  read(recording: string, part: Part): Promise<Buffer | null>;
  /**
   * Deletes a recording, durably: its `head`, and so its key, is overwritten before its files go. One that is not there
   * does no harm.
   */
  remove(recording: string): Promise<void>;
  /** Ids of all recordings, in the order of their ids. */
  list(): Promise<readonly string[]>;
}
