import type { UserId } from "./ids.js";

/** A user of ours that speaks for somebody at a remote, or for a hook. It is registered, named and joined when it speaks for the first time. */
export interface Ghost {
  readonly userId: UserId;
  /** Set where it is different. */
  readonly displayName: string;
  /** An `mxc:` address, or a web address from which the picture is taken once, if the ghost has none. */
  readonly avatarUrl?: string;
}
