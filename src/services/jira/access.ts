import type { TrackerAccess } from "../../core/issue-tracker.js";
import { instancesOf, type InstanceWithCredential, type JiraInstance } from "./instances.js";
import type { Deployment, JiraConfig } from "./schema.js";
import { tokenSigner, type RequestSigner } from "./signer.js";

/** An account at one Jira, and what sentences about its failures have to name. */
export interface JiraAccess {
  /** The instance's name. */
  readonly name: string;
  /** Address as people open it. */
  readonly url: string;
  /** Where its REST API answers, if that is not below `url`: Jira Cloud has another address for apps. */
  readonly apiUrl?: string;
  readonly deployment: Deployment;
  readonly signer: RequestSigner;
  /** Who can mend it: the person who acts, the administrator by the configuration, or whoever handed the token in. */
  readonly holder: "person" | "credential" | "other";
  /** What the person types to log in again, where that is done with a browser. */
  readonly loginCommand?: string;
  /** Where the instance stands in the configuration; absent for one that does not. */
  readonly configPath?: string;
}

/** The account of the instance's credential. */
export function credentialAccess(instance: InstanceWithCredential): JiraAccess {
  return { ...addressOf(instance), signer: tokenSigner(instance.credential), holder: "credential" };
}

/** A person's own account at the instance, by a token of theirs. */
export function personAccess(instance: JiraInstance, login: Pick<TrackerAccess, "username" | "token">): JiraAccess {
  return { ...addressOf(instance), signer: tokenSigner(login), holder: "person" };
}

/** A person's own account at the instance, by a login with the browser. */
export function browserAccess(
  instance: JiraInstance,
  signer: RequestSigner,
  { loginCommand = loginCommandOf(instance), apiUrl }: Pick<JiraAccess, "loginCommand" | "apiUrl"> = {},
): JiraAccess {
  return { ...addressOf(instance), signer, holder: "person", loginCommand, ...(apiUrl === undefined ? {} : { apiUrl }) };
}

/** An account that others hand in: its address tells which instance it is at, if any, and so the deployment. */
export function completeAccess(access: TrackerAccess, config: JiraConfig): JiraAccess {
  const url = access.url.replace(/\/+$/, "");
  const signer = tokenSigner(access);
  const instance = instancesOf(config).find((candidate) => candidate.url === url);
  if (instance !== undefined) return { ...addressOf(instance), signer, holder: "other" };
  const { host } = new URL(url);
  return { url, name: host, deployment: host.endsWith(".atlassian.net") ? "cloud" : "server", signer, holder: "other" };
}

function addressOf({ name, url, deployment, configPath }: JiraInstance): Pick<JiraAccess, "name" | "url" | "deployment" | "configPath"> {
  // What stands at `jira.oauth` has no `url` that could be checked there.
  return { name, url, deployment, ...(configPath === "jira.oauth" ? {} : { configPath }) };
}

/** Whose account it is, within a sentence to the person who acts. */
export function accountWords({ holder, configPath }: JiraAccess): string {
  if (holder === "person") return "your account there";
  return holder === "credential" && configPath !== undefined ? `the account of \`${configPath}.credential\`` : "the account that is used";
}

/** What a person types in the direct chat to log in with a browser. */
export function loginCommandOf({ name }: Pick<JiraInstance, "name">): string {
  return `jira login ${name}`;
}

/** What a person types in the direct chat to have a login forgotten. */
export function logoutCommandOf({ name }: Pick<JiraInstance, "name">): string {
  return `jira logout ${name}`;
}

/** What a person types in the direct chat to log in with a token. */
export function tokenCommand({ name, deployment }: Pick<JiraAccess, "name" | "deployment">): string {
  return deployment === "cloud" ? `jira token ${name} <email> <token>` : `jira token ${name} <token>`;
}
