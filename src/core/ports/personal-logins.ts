import type { UserId } from "../ids.js";
import type { StoreChange } from "./unit-of-work.js";

/** People's own accounts at the remotes of one service: a token or whatever the service needs, encrypted at rest. */
export interface PersonalLogins {
  /** False when no key is configured: then nothing can be kept, and asking for it gives nothing. */
  readonly canKeep: boolean;
  /**
   * @param remote what the service calls it, for example the instance's address
   * @throws StorageError when it was encrypted with a key that is not here
   */
  get(person: UserId, remote: string): Promise<string | undefined>;
  /** The remotes that the person has a login for. */
  list(person: UserId): Promise<readonly string[]>;
  /** @throws StorageError when no key is configured */
  put(person: UserId, remote: string, login: string): StoreChange;
  remove(person: UserId, remote: string): StoreChange;
}
