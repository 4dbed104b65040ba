/** One write, with the key as the whole database knows it. Stores make them; `UnitOfWork` carries them out. */
export type StoreChange =
  { readonly type: "put"; readonly key: string; readonly value: string | Uint8Array } | { readonly type: "del"; readonly key: string };

/** Carries out changes of several stores together. */
export interface UnitOfWork {
  /**
   * Writes all changes or none, synced to disk. Batches that arrive while one is being written are joined into the next,
   * in the order of the calls, so waiting costs little.
   * @throws StorageError when the disk does not take it; nothing is written then
   */
  commit(changes: readonly StoreChange[]): Promise<void>;
}
