import type { Random } from "../../shared/random.js";
import { Secret } from "../../shared/secret.js";
import type { JiraConfig } from "./schema.js";

/** What stands for the section `jira` where there are registered Jiras only: the webhook of the configuration takes nobody's requests. */
export function withoutSection(random: Random): JiraConfig {
  return { webhook: { secret: new Secret(random.bytes(32).toString("base64url")) } };
}
