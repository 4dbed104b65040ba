import type { AuthorizeInput, Consent } from "../../core/service.js";

/**
 * Judges state of discussions, spaces and projects that somebody wrote by hand: only administrators may (Hookshot reference 7). What comes
 * to be by an alias or command is written by the bot, which may.
 * @throws RemoteError while it is not known whether they are one
 */
export function authorizeRoom(input: AuthorizeInput): Consent {
  if (input.isAdmin?.() === true) return { granted: true };
  return {
    granted: false,
    reason:
      "whoever wrote the state lacks the level `admin` on `github` in the configuration's `permissions`. Join the room's alias instead, or type `github discussion open <owner> <repo> <number>` in a direct chat with me",
  };
}

/** The id of a grant, as Hookshot hashes it. */
export function roomGrant(
  [type]: readonly [string, ...string[]],
  ...names: readonly string[]
): { readonly type: string; readonly id: string } {
  return { type: "github", id: [type, ...names].join("/") };
}
