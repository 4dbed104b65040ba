import type { AuthorizeInput, Consent, ServiceContext } from "../../core/service.js";
import { authorizeByLogin } from "./connect-rights.js";
import { repositoryOfState } from "./repository-name.js";
import type { RoomParts } from "./room-parts.js";
import type { GitHubConfig } from "./schema.js";

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

/**
 * Judges state of an issue's room that somebody wrote by hand. The room is told what the App reads: that is for everybody where the
 * repository is, else only those decide who may write there.
 * @throws RemoteError when GitHub cannot tell just now
 */
export async function authorizeIssue(
  { gitHub, client }: Pick<RoomParts, "gitHub" | "client">,
  input: AuthorizeInput,
  context: ServiceContext<GitHubConfig>,
): Promise<Consent> {
  const repository = repositoryOfState(input.state);
  const link = repository && (await gitHub.app.linkFor(repository, context));
  const found = link && (await client.repository(link, repository));
  if (found?.private === false) return { granted: true };
  // A registered account is not asked: it decides who hears a repository, and this is a room that reads it.
  return repository === undefined
    ? { granted: false, reason: "no repository can be called so" }
    : authorizeByLogin(gitHub, repository, input.actor, context);
}

/** The id of a grant, as Hookshot hashes it. */
export function roomGrant(
  [type]: readonly [string, ...string[]],
  ...names: readonly string[]
): { readonly type: string; readonly id: string } {
  return { type: "github", id: [type, ...names].join("/") };
}
