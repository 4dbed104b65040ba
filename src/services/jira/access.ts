import type { TrackerAccess } from "../../core/issue-tracker.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import { remoteWords } from "../../vocabulary/choose-remote.js";
import { instancesOf, type InstanceWithCredential, type JiraInstance } from "./instances.js";
import { accountSigner, deploymentOf, registeredSigner } from "./registered-account.js";
import type { Deployment, JiraConfig } from "./schema.js";
import { withoutTrailingSlashes } from "../../shared/url.js";
import { tokenSigner, type RequestSigner } from "./signer.js";

/** An account at one Jira, and what sentences about its failures have to name. */
export interface JiraAccess {
  /** The instance's name; of a registered one with what it was registered as. */
  readonly name: string;
  /** Address as people open it. */
  readonly url: string;
  /** Where its REST API answers, if that is not below `url`: Jira Cloud has another address for apps. */
  readonly apiUrl?: string;
  readonly deployment: Deployment;
  readonly signer: RequestSigner;
  /** Who can mend it: the person who acts, the administrator by the configuration, or whoever registered the Jira or handed the token in. */
  readonly holder: "person" | "credential" | "registration" | "other";
  /** What the person types to log in again, where that is done with a browser. */
  readonly loginCommand?: string;
  /** Where the instance stands in the configuration; absent for one that does not. */
  readonly configPath?: string;
  /** What was registered, where the account is its own. */
  readonly registered?: KnownRemote;
}

/** The account of the instance's credential. */
export function credentialAccess(instance: InstanceWithCredential): JiraAccess {
  return { ...addressOf(instance), signer: tokenSigner(instance.credential), holder: "credential" };
}

/** The account that was registered with a Jira. @param instance made of the remote */
export function registeredAccess(instance: JiraInstance, registered: KnownRemote): JiraAccess {
  const { url } = instance;
  const signer = registeredSigner(registered);
  return { name: remoteWords(registered), url, deployment: deploymentOf(registered), signer, holder: "registration", registered };
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

/**
 * An account that others hand in: its address tells which instance it is at, if any, and so the deployment, unless that is handed in, too.
 * `apiPath` may name a version of the API, or what stands in front of it; the version follows from the deployment.
 */
export function completeAccess(access: TrackerAccess, config: JiraConfig): JiraAccess {
  const { apiPath } = access;
  const url = withoutTrailingSlashes(access.url);
  const instance = instancesOf(config).find((candidate) => candidate.url === url);
  const deployment = deploymentOf({ url, deployment: access.deployment ?? instance?.deployment });
  const apiUrl = apiPath === undefined ? undefined : withoutTrailingSlashes(url + apiPath.replace(/\/rest\/api\/(?:2|3|latest)\/?$/, ""));
  return {
    ...(instance === undefined ? { url, name: new URL(url).host } : addressOf(instance)),
    deployment,
    signer: accountSigner(access, deployment),
    holder: "other",
    ...(apiUrl === undefined ? {} : { apiUrl }),
  };
}

function addressOf({ name, url, deployment, configPath }: JiraInstance): Pick<JiraAccess, "name" | "url" | "deployment" | "configPath"> {
  // What stands at `jira.oauth` has no `url` that could be checked there.
  return { name, url, deployment, ...(configPath === undefined || configPath === "jira.oauth" ? {} : { configPath }) };
}

/** Whose account it is, within a sentence to the person who acts. */
export function accountWords({ holder, configPath, registered }: JiraAccess): string {
  if (holder === "person") return "your account there";
  if (registered !== undefined) return `the account of ${registrationWords(registered)}`;
  return holder === "credential" && configPath !== undefined ? `the account of \`${configPath}.credential\`` : "the account that is used";
}

/** What was registered, within a sentence. */
export function registrationWords({ kind, name }: KnownRemote): string {
  return `${kind} \`${name}\``;
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
