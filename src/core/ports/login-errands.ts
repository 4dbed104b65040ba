import type { UserId } from "../ids.js";
import type { RoomMessage } from "../message.js";
import type { StoreChange } from "./unit-of-work.js";

/** Something that the main bot is to keep in its account data for Hookshot. */
export interface AccountDataErrand {
  /** Sorts by the order in which errands were made. */
  readonly id: string;
  readonly type: string;
  /** Holds no secret in plain: Hookshot's form is encrypted (reference 6.1). */
  readonly content: Readonly<Record<string, unknown>>;
  /** Only where something is there that it takes the place of. */
  readonly onlyIfThere?: true;
}

/** Something that a person is to be told in the direct chat about a login of theirs. */
export interface NoticeErrand {
  /** Sorts by the order in which errands were made. */
  readonly id: string;
  readonly person: UserId;
  /** May hold the address that undoes a login. */
  readonly message: RoomMessage;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * What is to be done at the homeserver because of a change of logins: stored with the change, removed when the homeserver has it. Of several
 * for one type of account data all but the last are void.
 */
export interface LoginErrandStore {
  /** Oldest first. */
  accountData(): Promise<readonly AccountDataErrand[]>;
  putAccountData(errand: AccountDataErrand): StoreChange;
  removeAccountData(errand: Pick<AccountDataErrand, "id">): StoreChange;
  /** Oldest first. @throws StorageError when they were encrypted with a key that is not here */
  notices(): Promise<readonly NoticeErrand[]>;
  /** @throws StorageError when no key is configured */
  putNotice(errand: NoticeErrand): StoreChange;
  removeNotice(errand: Pick<NoticeErrand, "id">): StoreChange;
}
