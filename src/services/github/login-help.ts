import type { ServiceContext } from "../../core/service.js";
import type { GitHubConfig } from "./schema.js";
import { siteOf } from "./site.js";

/** Where somebody types a token: continues a sentence. */
export const tokenHelp = "type `github setpersonaltoken <accessToken>` in a direct chat with me";

/** Without a key there is nothing that a login could be encrypted with. */
export const keyRemedy =
  "The administrator can set `storage.keyFile` (or `passFile`), or run `switchboard init`: without a key I cannot keep logins.";

/** What a person does to act as themselves: a sentence for an answer. */
export function howToLogIn({ logins, config }: Pick<ServiceContext<GitHubConfig>, "logins" | "config">): string {
  if (!logins.canKeep) return keyRemedy;
  return `Make a personal access token (${siteOf(config).webUrl}/settings/tokens, with the scope \`repo\`), then ${tokenHelp}.`;
}
