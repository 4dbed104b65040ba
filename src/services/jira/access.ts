import type { TrackerAccess } from "../../core/issue-tracker.js";
import { instancesOf, type InstanceWithCredential, type JiraInstance } from "./instances.js";
import type { Deployment, JiraConfig } from "./schema.js";

/** An account at one Jira, and what sentences about its failures have to name. */
export interface JiraAccess extends TrackerAccess {
  /** The instance's name. */
  readonly name: string;
  readonly deployment: Deployment;
  /** Who can mend it: the person who acts, the administrator by the configuration, or whoever handed the token in. */
  readonly holder: "person" | "credential" | "other";
  /** Where the instance stands in the configuration; absent for one that does not. */
  readonly configPath?: string;
}

/** The account of the instance's credential. */
export function credentialAccess(instance: InstanceWithCredential): JiraAccess {
  const { username, token } = instance.credential;
  return { ...addressOf(instance), token, holder: "credential", ...(username === undefined ? {} : { username }) };
}

/** A person's own account at the instance. */
export function personAccess(instance: JiraInstance, login: Pick<TrackerAccess, "username" | "token">): JiraAccess {
  const { username, token } = login;
  return { ...addressOf(instance), token, holder: "person", ...(username === undefined ? {} : { username }) };
}

/** An account that others hand in: its address tells which instance it is at, if any, and so the deployment. */
export function completeAccess(access: TrackerAccess, config: JiraConfig): JiraAccess {
  const url = access.url.replace(/\/+$/, "");
  const instance = instancesOf(config).find((candidate) => candidate.url === url);
  if (instance !== undefined) return { ...access, ...addressOf(instance), holder: "other" };
  const { host } = new URL(url);
  return { ...access, url, name: host, deployment: host.endsWith(".atlassian.net") ? "cloud" : "server", holder: "other" };
}

function addressOf({
  name,
  url,
  deployment,
  configPath,
}: JiraInstance): Omit<JiraAccess, "token" | "holder"> & { readonly configPath: string } {
  return { name, url, deployment, configPath };
}

/** Jira Cloud: Basic with e-mail address and API token. Data Center: Bearer with a personal access token, or Basic. */
export function authorization({ username, token }: TrackerAccess): string {
  if (username === undefined) return `Bearer ${token.reveal()}`;
  return `Basic ${Buffer.from(`${username}:${token.reveal()}`, "utf8").toString("base64")}`;
}

/** Whose account it is, within a sentence to the person who acts. */
export function accountWords({ holder, configPath }: JiraAccess): string {
  if (holder === "person") return "your account there";
  return holder === "credential" && configPath !== undefined ? `the account of \`${configPath}.credential\`` : "the account that is used";
}

/** What a person types in the direct chat to log in. */
export function tokenCommand({ name, deployment }: Pick<JiraAccess, "name" | "deployment">): string {
  return deployment === "cloud" ? `jira token ${name} <email> <token>` : `jira token ${name} <token>`;
}
