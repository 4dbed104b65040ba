import type { ServiceContext } from "../../core/service.js";
import { remoteWords } from "../../vocabulary/choose-remote.js";
import { accountWords } from "./access.js";
import { howToLogIn } from "./how-to-log-in.js";
import { instancesNamed, type JiraInstance } from "./instances.js";
import type { Lookable, LookUp } from "./look-up.js";
import { isRegistered, type RegisteredJira } from "./registered-jiras.js";
import type { JiraConfig } from "./schema.js";

// Why `!connect jira` connects nothing, and what to do about it.

export function describeMiss(answer: Exclude<LookUp, { readonly kind: "found" }>, key: string): string {
  if (answer.kind === "failed") return answer.error.message;
  return `There is no project ${key} at ${nameOf(answer.instance)}, or ${accountWords(answer.access)} may not see it.`;
}

/** Names that a sentence lists. */
const mostNames = 10;

function listOf(jiras: readonly JiraInstance[]): string {
  const names = [...new Set(jiras.map(nameOf))];
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
  return `${names.slice(0, mostNames).join(", ")}${more}`;
}

export function describeTooMany(usable: readonly Lookable[], key: string): string {
  const jiras = usable.map(({ instance }) => instance);
  return `${key} can be in any of ${jiras.length} Jiras. Type the project's address from the browser, or \`jira:<name> ${key}\` with one of their names: ${listOf(jiras)}.`;
}

export function describeNoCandidate(
  jiras: readonly JiraInstance[],
  wanted: { readonly address?: URL },
  remoteName: string | undefined,
): string {
  if (jiras.length === 0)
    return "No Jira is set up to look projects up, or you may use none. The administrator adds one under `jira.instances`, with url and credential, or registers one over the API for connectors.";
  if (remoteName !== undefined && instancesNamed(jiras, remoteName).length === 0) {
    return `There is no Jira called \`${remoteName}\` here. Known: ${listOf(jiras)}.`;
  }
  const host = wanted.address?.host ?? "";
  return `No Jira at ${host} is set up${remoteName === undefined ? "" : ` as \`${remoteName}\``}. Known: ${listOf(jiras)}. The administrator adds others under \`jira.instances\`.`;
}

/** Why none of those that were meant can be asked for the project. */
export function describeNoAccount(candidates: readonly JiraInstance[], key: string, context: ServiceContext<JiraConfig>): string {
  const configured = candidates.filter((jira) => !isRegistered(jira));
  const registered = candidates.filter(isRegistered).slice(0, mostNames);
  const reasons = registered.map((jira) => describeUnusable(jira, key));
  if (configured.length === 0) return reasons.join(" ");
  const login = `You are not logged into Jira. ${howToLogIn(configured, context)} ${credentialRemedy(configured)}; then everybody who may manage connections can connect the projects that it sees.`;
  return [login, ...reasons].join(" ");
}

function describeUnusable(jira: RegisteredJira, key: string): string {
  const { projects = [], isInaccessible } = jira.remote;
  if (isInaccessible === true)
    return `${capitalised(nameOf(jira))} is registered as one that cannot be reached from here (\`inaccessible\`), so nothing can be looked up there. Whoever registered it can change that.`;
  const served = projects.length === 0 ? "none" : projects.slice(0, mostNames).join(", ");
  return `${capitalised(nameOf(jira))} does not serve ${key}, only: ${served}. Whoever registered it can change that.`;
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Hookshot's `jira.url` has no place for a credential; an entry of ours with the same url takes its place. */
export function credentialRemedy(candidates: readonly JiraInstance[]): string {
  const [first, ...others] = candidates;
  if (first === undefined || others.length > 0) {
    return `The administrator can set \`credential\` at one of ${candidates.map(({ configPath }) => `\`${configPath}\``).join(", ")}`;
  }
  if (first.configPath === `jira.instances.${first.name}`) return `The administrator can set \`${first.configPath}.credential\``;
  const url = first.configPath === "jira.url" ? first.url : "the site's address";
  return `The administrator can add the site under \`jira.instances\`: \`jira.instances.<name>.url\` (${url}) and \`jira.instances.<name>.credential\``;
}

export function nameOf(jira: JiraInstance): string {
  return `${remoteWords(jira)} (${jira.url})`;
}

export function siteRemedy(instances: readonly JiraInstance[], context: ServiceContext<JiraConfig>): string {
  const gateways = instances.filter(({ isGateway }) => isGateway === true);
  return `For a site of Jira Cloud, log in and choose it there. ${howToLogIn(gateways, context)}`;
}
