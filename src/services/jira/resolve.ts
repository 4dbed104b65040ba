import type { ConnectionState } from "../../core/connection.js";
import type { AuthorizeInput, ConnectionTarget, Consent, Resolution, ResolveInput, ServiceContext } from "../../core/service.js";
import { accountWords } from "./access.js";
import { howToLogIn } from "./how-to-log-in.js";
import { gatewayOf, instancesAt, instancesNamed, instancesOf, type JiraInstance } from "./instances.js";
import { learn, lookableFor, lookUp, targetOf, type Lookable, type LookUp } from "./look-up.js";
import { isProjectKey, parseProjectUrl, projectOfState } from "./project-url.js";
import type { JiraConfig } from "./schema.js";
import type { JiraParts } from "./parts.js";

/** Hookshot's sentence for addresses that name no project (reference 3.2). */
export const invalidProjectUrl =
  "The JIRA project url you entered was not valid. It should be in the format of `https://jira-instance/.../projects/PROJECTKEY/...` or `.../RapidBoard.jspa?projectKey=TEST`.";

/**
 * Finds what `!connect jira PLAY`, `!connect jira:main PLAY` and `!connect jira <project url>` mean: among what the person sees with their own
 * login, and what the instances' credentials see.
 */
export async function resolveProject(parts: JiraParts, input: ResolveInput, context: ServiceContext<JiraConfig>): Promise<Resolution> {
  const instances = instancesOf(context.config);
  const wanted = readTyped(input.typed);
  if ("refusal" in wanted) return refused(wanted.refusal);
  const candidates = candidatesFor(instances, wanted.address, input.remoteName);
  const gateway = gatewayOf(context.config);
  if (candidates.length === 0 && gateway === undefined) return refused(describeNoCandidate(instances, wanted, input.remoteName));
  const isWanted = (site: JiraInstance): boolean => isMeant(site, candidates, wanted.address, input.remoteName);
  const usable = await lookableFor(parts, { instances: candidates, isWanted }, input.actor, context);
  if (usable.length === 0 && candidates.length > 0) return refused(describeNoAccount(candidates, context));
  if (usable.length === 0) return refused(`${describeNoCandidate(instances, wanted, input.remoteName)} ${siteRemedy(instances, context)}`);
  return conclude(await Promise.all(usable.map((lookable) => lookUp(parts, lookable, wanted.key, context))), wanted.key, context);
}

/**
 * Judges state that somebody wrote by hand: they may connect what their own login sees, and a credential that sees the project is the
 * administrator's consent.
 * @throws RemoteError when Jira cannot tell just now
 */
export async function authorizeProject(
  parts: JiraParts,
  { state, actor }: AuthorizeInput,
  context: ServiceContext<JiraConfig>,
): Promise<Consent> {
  const project = projectOfState(state["url"]);
  const candidates = project === undefined ? [] : instancesAt(instancesOf(context.config), project.url);
  const isWanted = (site: JiraInstance): boolean => project !== undefined && instancesAt([site], project.url).length > 0;
  const [lookable] = project === undefined ? [] : await lookableFor(parts, { instances: candidates, isWanted }, actor, context);
  if (project === undefined || lookable === undefined) {
    const remedy =
      candidates.length === 0 ? "The administrator can add it under `jira.instances` with a credential" : credentialRemedy(candidates);
    return { granted: false, reason: `no credential is configured to see whether the project may be connected. ${remedy}.` };
  }
  const answer = await lookUp(parts, lookable, project.key, context);
  if (answer.kind === "failed") throw answer.error;
  if (answer.kind === "found") return consentFor(answer, state, context);
  return { granted: false, reason: describeUnseen(lookable, project.key) };
}

/** Another project's id would bring that one's events. */
function consentFor(
  { instance, project }: Extract<LookUp, { readonly kind: "found" }>,
  state: ConnectionState,
  context: ServiceContext<JiraConfig>,
): Consent {
  const { id } = state;
  if (id === undefined || id === project.id) return { granted: true, changes: learn(instance, project, context) };
  return { granted: false, reason: `the \`id\` in its state is not that of ${project.key}; leave it out, it is filled in` };
}

/** Said to everybody in the room, not to the person whose login it is. */
function describeUnseen({ instance, accounts }: Lookable, key: string): string {
  const where = nameOf(instance);
  if (accounts.every(({ holder }) => holder !== "person")) return `the credential of ${where} sees no project ${key}`;
  const own = "the login of whoever wrote the state";
  return accounts.length === 1
    ? `${own}, at ${where}, sees no project ${key}`
    : `neither the credential of ${where} nor ${own} sees a project ${key} there`;
}

type Typed = { readonly key: string; readonly address?: URL } | { readonly refusal: string };

function readTyped(typed: string): Typed {
  const word = typed.trim();
  if (/^https?:/i.test(word)) {
    const project = parseProjectUrl(word);
    return project === undefined ? { refusal: invalidProjectUrl } : { key: project.key, address: project.url };
  }
  const [, keyOfIssue = ""] = /^(.+)-\d+$/.exec(word) ?? [];
  if (isProjectKey(keyOfIssue))
    return { refusal: `\`${word}\` is an issue; a room is connected to its project, \`${keyOfIssue.toUpperCase()}\`.` };
  if (isProjectKey(word)) return { key: word.toUpperCase() };
  return { refusal: `\`${word}\` is no project key. Type the key, such as \`PLAY\`, or the project's address from the browser.` };
}

function candidatesFor(
  instances: readonly JiraInstance[],
  address: URL | undefined,
  remoteName: string | undefined,
): readonly JiraInstance[] {
  const named = remoteName === undefined ? instances : instancesNamed(instances, remoteName);
  return address === undefined ? named : instancesAt(named, address);
}

/** Whether a site of Jira Cloud that the configuration does not name can be what was typed. */
function isMeant(
  site: JiraInstance,
  candidates: readonly JiraInstance[],
  address: URL | undefined,
  remoteName: string | undefined,
): boolean {
  const isNamed =
    candidates.some(({ isGateway }) => isGateway === true) || remoteName === undefined || instancesNamed([site], remoteName).length > 0;
  return isNamed && (address === undefined || instancesAt([site], address).length > 0);
}

function siteRemedy(instances: readonly JiraInstance[], context: ServiceContext<JiraConfig>): string {
  const gateways = instances.filter(({ isGateway }) => isGateway === true);
  return `For a site of Jira Cloud, log in and choose it there. ${howToLogIn(gateways, context)}`;
}

function conclude(answers: readonly LookUp[], key: string, context: ServiceContext<JiraConfig>): Resolution {
  const found = answers.filter((answer) => answer.kind === "found");
  const missed = answers.filter((answer) => answer.kind !== "found");
  const [first, ...others] = found;
  if (first === undefined) return refused(missed.map((answer) => describeMiss(answer, key)).join(" "));
  if (others.length === 0) {
    const { instance, project } = first;
    return { kind: "found", target: withUsualEvents(targetOf(instance, project)), changes: learn(instance, project, context) };
  }
  const choices = found.map(({ instance, project }) => ({
    typed: `jira:${instance.name} ${project.key}`,
    description: `${project.key} at ${instance.url}`,
  }));
  return { kind: "ambiguous", choices };
}

/** Whoever connects a room wants to follow the work; new issues alone, what state without `events` means, are only its beginning. */
function withUsualEvents(target: ConnectionTarget): ConnectionTarget {
  return { ...target, state: { ...target.state, events: ["issue_created", "issue_updated"] } };
}

function describeMiss(answer: Exclude<LookUp, { readonly kind: "found" }>, key: string): string {
  if (answer.kind === "failed") return answer.error.message;
  return `There is no project ${key} at ${nameOf(answer.instance)}, or ${accountWords(answer.access)} may not see it.`;
}

function describeNoCandidate(
  instances: readonly JiraInstance[],
  wanted: { readonly address?: URL },
  remoteName: string | undefined,
): string {
  const known = instances.map(nameOf).join(", ");
  if (instances.length === 0)
    return "No Jira is set up to look projects up. The administrator adds one under `jira.instances`, with url and credential.";
  if (remoteName !== undefined && instancesNamed(instances, remoteName).length === 0) {
    return `There is no Jira called \`${remoteName}\` here. Known: ${known}.`;
  }
  const host = wanted.address?.host ?? "";
  return `No Jira at ${host} is set up${remoteName === undefined ? "" : ` as \`${remoteName}\``}. Known: ${known}. The administrator adds others under \`jira.instances\`.`;
}

function describeNoAccount(candidates: readonly JiraInstance[], context: ServiceContext<JiraConfig>): string {
  return `You are not logged into Jira. ${howToLogIn(candidates, context)} ${credentialRemedy(candidates)}; then everybody who may manage connections can connect the projects that it sees.`;
}

/** Hookshot's `jira.url` has no place for a credential; an entry of ours with the same url takes its place. */
function credentialRemedy(candidates: readonly JiraInstance[]): string {
  const [first, ...others] = candidates;
  if (first === undefined || others.length > 0) {
    return `The administrator can set \`credential\` at one of ${candidates.map(({ configPath }) => `\`${configPath}\``).join(", ")}`;
  }
  if (first.configPath === `jira.instances.${first.name}`) return `The administrator can set \`${first.configPath}.credential\``;
  const url = first.configPath === "jira.url" ? first.url : "the site's address";
  return `The administrator can add the site under \`jira.instances\`: \`jira.instances.<name>.url\` (${url}) and \`jira.instances.<name>.credential\``;
}

function nameOf({ name, url }: JiraInstance): string {
  return `${name} (${url})`;
}

function refused(reason: string): Resolution {
  return { kind: "refused", reason };
}
