import type { Ghost } from "../../core/ghost.js";
import type { ServiceContext } from "../../core/service.js";
import type { GitHubConfig } from "./schema.js";

/** Somebody at GitHub, as far as their ghost shows it. */
export interface Person {
  readonly login: string;
  readonly avatarUrl?: string;
}

/**
 * Who speaks for somebody at GitHub (Hookshot reference 2.1): named by their login.
 * @returns undefined where the registration reserves no such users for us; then the bot speaks and names them
 */
export function ghostOf(
  { login, avatarUrl }: Person,
  { config, rooms }: Pick<ServiceContext<GitHubConfig>, "config" | "rooms">,
): Ghost | undefined {
  const userId = rooms.ghostId(`${config.userIdPrefix}${login}`);
  if (userId === undefined) return undefined;
  return { userId, displayName: login, ...(avatarUrl === undefined ? {} : { avatarUrl }) };
}

/** What becomes of accounts that are deleted: GitHub shows their words as this one's. */
export const deletedPerson: Person = { login: "ghost" };
