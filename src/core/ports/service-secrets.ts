import type { StoreChange } from "./unit-of-work.js";

/** A service's own secrets, such as the token of a hook: encrypted at rest, by a key of its choice. */
export interface ServiceSecrets {
  /** False when no key is configured: then nothing can be kept. */
  readonly canKeep: boolean;
  /** @throws StorageError when it was encrypted with a key that is not here */
  get(key: string): Promise<string | undefined>;
  /** @throws StorageError when no key is configured */
  put(key: string, secret: string): StoreChange;
  remove(key: string): StoreChange;
  /**
   * A secret that Hookshot keeps in the main bot's account data, encrypted with `passFile` (reference 6.1).
   * @returns undefined when there is none, it is marked deleted, or it was encrypted for another key
   * @throws RemoteError
   */
  fromHookshot(accountDataType: string): Promise<string | undefined>;
}
