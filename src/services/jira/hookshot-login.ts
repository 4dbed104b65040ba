import type { UserId } from "../../core/ids.js";
import type { HookshotLogins } from "../../core/ports/personal-logins.js";
import { ownMember, ownText } from "../../shared/own-member.js";
import { areOneJira, instancesOf } from "./instances.js";
import { parseJson } from "./failures.js";
import { cloudApiUrl } from "./oauth-settings.js";
import type { JiraConfig } from "./schema.js";
import { readOauth1Token, type StoredBrowserLogin } from "./stored-login.js";

/** What Hookshot calls Jira Cloud; a Server or Data Center it calls by its host (reference 1.11). */
export const hookshotCloudName = "api.atlassian.com";

/** Where Hookshot keeps a person's login (reference 6.1). */
export function hookshotLoginType(person: UserId): string {
  return `uk.half-shot.matrix-hookshot.jira.password-store:${person}`;
}

export function hookshotLogins(person: UserId, config: JiraConfig): HookshotLogins {
  return { accountDataTypes: [hookshotLoginType(person)], read: (text) => readLogins(text, config) };
}

function readLogins(text: string, config: JiraConfig): ReturnType<HookshotLogins["read"]> {
  const parsed = parseJson(text);
  const accessToken = ownText(parsed, "access_token");
  if (accessToken === undefined || accessToken === "") return [];
  const remote = remoteOf(accessToken, ownText(parsed, "instance"), config);
  if (remote === undefined) return [];
  const refreshToken = ownText(parsed, "refresh_token");
  const expiresAt = ownMember(parsed, "expires_in");
  const login: StoredBrowserLogin = {
    accessToken,
    ...(refreshToken === undefined || refreshToken === "" ? {} : { refreshToken }),
    ...(typeof expiresAt === "number" && expiresAt > 0 ? { expiresAt } : {}),
  };
  return [{ remote, login: JSON.stringify(login) }];
}

/** Its first versions kept no `instance`: the token tells then. */
function remoteOf(accessToken: string, instance: string | undefined, config: JiraConfig): string | undefined {
  if (readOauth1Token(accessToken) === undefined)
    return instance === undefined || instance === hookshotCloudName ? cloudApiUrl(config) : undefined;
  const consumers = instancesOf(config).filter(({ oauth }) => oauth?.kind === "oauth1");
  // Hookshot knows one such Jira, that of `jira.url`.
  const hookshots = consumers.find(({ oauth }) => oauth?.configPath === "jira.oauth");
  if (hookshots !== undefined && (instance === undefined || instance === hookshots.host)) return hookshots.url;
  const moved = consumers.filter(({ host }) => host === instance);
  return areOneJira(moved) ? moved[0]?.url : undefined;
}

/** How Hookshot would keep it. */
export function forHookshot(
  person: UserId,
  instance: string,
  { accessToken, refreshToken, expiresAt }: StoredBrowserLogin,
): { readonly accountDataType: string; readonly text: string } {
  const text = JSON.stringify({ access_token: accessToken, refresh_token: refreshToken, instance, expires_in: expiresAt });
  return { accountDataType: hookshotLoginType(person), text };
}
