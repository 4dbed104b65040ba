import type { ConnectionState } from "../../core/connection.js";
import { serverOf } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import { nameOf, type RepositoryName } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";

/**
 * Where the issue's own room is, or comes to be when somebody joins it (reference 2.3, `showIssueRoomLink`).
 * @returns undefined when it is not to be shown
 */
export function issueRoomUrl(
  issue: RepositoryName & { readonly number: number },
  state: ConnectionState,
  { config, rooms }: Pick<ServiceContext<GitHubConfig>, "config" | "rooms">,
): string | undefined {
  const own = state["showIssueRoomLink"];
  if (!(typeof own === "boolean" ? own : (config.defaultOptions?.showIssueRoomLink ?? false))) return undefined;
  // Aliases are reserved where our users are, and the port tells where that is.
  const ghost = rooms.ghostId(`${config.userIdPrefix}${issue.owner}`);
  if (ghost === undefined) return undefined;
  const alias = `#github_${nameOf(issue).replace("/", "_")}_${issue.number}:${serverOf(ghost)}`;
  return `https://matrix.to/#/${alias}`;
}
