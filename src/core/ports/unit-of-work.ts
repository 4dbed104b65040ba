/** One write, with the key as the whole database knows it. Stores make them; `UnitOfWork` carries them out. */
export type StoreChange = Put | { readonly type: "del"; readonly key: string };

export interface Put {
  readonly type: "put";
  readonly key: string;
  readonly value: string | Uint8Array;
  /**
   * Only the last such value of a key need be written where several share a batch: for a key that each of many small changes moves on, such
   * as a position. Nothing else may be done with such a key.
   */
  readonly supersedes?: true;
}

/** Carries out changes of several stores together. */
export interface UnitOfWork {
  /**
   * Writes all changes or none, synced to disk. Batches that arrive while one is being written are joined into the next,
   * in the order of the calls, so waiting costs little.
   * @throws StorageError when the disk does not take it; nothing is written then
   */
  commit(changes: readonly StoreChange[]): Promise<void>;
}
