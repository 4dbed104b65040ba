import type { UserId } from "../ids.js";
import type { StoreChange } from "./unit-of-work.js";

/** People's own accounts at the remotes of one service: a token or whatever the service needs, encrypted at rest. */
export interface LoginStore {
  /** False when no key is configured: then nothing can be kept, and asking for it gives nothing. */
  readonly canKeep: boolean;
  /**
   * @param remote what the service calls it, for example the instance's address
   * @throws StorageError when it was encrypted with a key that is not here
   */
  get(person: UserId, remote: string): Promise<string | undefined>;
  /** Whose logins there are, for rare looks at all of them: those after the given one, in an order of their own. */
  all(
    after: readonly [person: UserId, remote: string] | undefined,
    limit: number,
  ): Promise<readonly (readonly [person: UserId, remote: string])[]>;
  /** The remotes that the person has a login for. */
  list(person: UserId): Promise<readonly string[]>;
  /** @throws StorageError when no key is configured */
  put(person: UserId, remote: string, login: string): StoreChange;
  remove(person: UserId, remote: string): StoreChange;
}

/** What a service does with people's logins. */
export interface PersonalLogins extends LoginStore {
  /**
   * The login, renewed first where it ends soon. One renewal of a login runs at a time; the new one is stored, synced, before it is given.
   * Where the remote cannot be asked, the old one stays, and is given as long as it lasts. Where the remote says for certain that it has
   * ended, it is removed and the person is told.
   * @param rejected a login that the remote did not take although it should last: renewed unless another is stored by now
   * @returns undefined when there is none (any more)
   * @throws RemoteError when it has ended and cannot be renewed just now; StorageError
   */
  fresh(person: UserId, remote: string, renewal: LoginRenewal, rejected?: string): Promise<string | undefined>;
  /**
   * Begins a login in the browser (core/oauth.ts).
   * @param remote the service's word for it; absent: its only or usual one
   * @returns the address to open, good for ten minutes
   * @throws PermissionError when the person lacks the level `login`; SwitchboardError HS_DISABLED_FEATURE when it is not set up, or no key is
   * configured; RemoteError
   */
  begin(person: UserId, remote?: string): Promise<string>;
  /**
   * Takes over what Hookshot keeps for the person, if that was not done before: found once, it is kept as ours are from then on. Nothing is
   * done without `passFile`.
   * @throws RemoteError
   */
  takeOver(person: UserId, from: HookshotLogins): Promise<void>;
  /**
   * What goes with removing the person's logins: nothing is taken over again, and Hookshot's copies are marked deleted, now or when the
   * homeserver can be reached.
   */
  forgetHookshots(person: UserId, accountDataTypes: readonly string[]): readonly StoreChange[];
  /** Keeps a login for Hookshot as well, where `compatibility.writeTokens` asks for it; else there are no changes. */
  writeForHookshot(accountDataType: string, text: string): readonly StoreChange[];
}

export interface LoginRenewal {
  /** When the login ends, milliseconds since the epoch; undefined: not by itself. */
  endsAt(login: string): number | undefined;
  /** Asks the remote for another. @throws RemoteError when that cannot be told just now */
  renew(login: string): Promise<RenewedLogin>;
  /** What the person is told when it has ended: `your GitHub account`. */
  readonly account: string;
  /** What they type to log in again: `github login`. */
  readonly loginCommand: string;
}

export type RenewedLogin =
  /** `changes`: stored together with it. */
  | { readonly kind: "renewed"; readonly login: string; readonly changes?: readonly StoreChange[] }
  /** For certain, as by OAuth's `invalid_grant`. */
  | { readonly kind: "ended" };

/** Where Hookshot keeps a person's login, and how it reads (reference 6.1). */
export interface HookshotLogins {
  /** In the main bot's account data, the newer name first. */
  readonly accountDataTypes: readonly string[];
  /** Logins as this service keeps them; none for what is of no use. */
  read(text: string): readonly { readonly remote: string; readonly login: string }[];
}
