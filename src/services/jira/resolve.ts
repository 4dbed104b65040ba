import type { ConnectionState } from "../../core/connection.js";
import type { UserId } from "../../core/ids.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import type { AuthorizeInput, ConnectionTarget, Consent, Resolution, ResolveInput, ServiceContext } from "../../core/service.js";
import { kindAndId, remotesCalled, remoteWords, wordToChoose } from "../../vocabulary/choose-remote.js";
import type { JiraAccess } from "./access.js";
import { gatewayOf, instancesAt, instancesNamed, instancesOf, type JiraInstance } from "./instances.js";
import { learn, lookableFor, lookUp, targetOf, withRegistered, type Found, type Lookable, type LookUp } from "./look-up.js";
import { isProjectKey, isProjectOf, parseProjectUrl, projectOfState } from "./project-url.js";
import { allRegistered, isRegistered, jirasFor, serves } from "./registered-jiras.js";
import {
  credentialRemedy,
  describeMiss,
  describeNoAccount,
  describeNoCandidate,
  describeTooMany,
  nameOf,
  siteRemedy,
} from "./resolve-refusals.js";
import type { JiraConfig } from "./schema.js";
import type { JiraParts } from "./parts.js";
import type { WebhookRegistration } from "./webhook-registration.js";

/** Hookshot's sentence for addresses that name no project (reference 3.2). */
export const invalidProjectUrl =
  "The JIRA project url you entered was not valid. It should be in the format of `https://jira-instance/.../projects/PROJECTKEY/...` or `.../RapidBoard.jspa?projectKey=TEST`.";

/** What looking projects up needs, and what is done once a room is connected through a registered Jira. */
export type ResolveParts = JiraParts & { readonly webhooks: WebhookRegistration };

/** More Jiras than these are not asked because of one word. */
const mostJiras = 20;

/**
 * Finds what `!connect jira PLAY`, `!connect jira:main PLAY` and `!connect jira <project url>` mean: among what the person sees with their own
 * login, what the instances' credentials see, and what the accounts of registered Jiras see.
 */
export async function resolveProject(parts: ResolveParts, input: ResolveInput, context: ServiceContext<JiraConfig>): Promise<Resolution> {
  const wanted = readTyped(input.typed);
  if ("refusal" in wanted) return refused(wanted.refusal);
  const jiras = [...instancesOf(context.config), ...(await jirasFor(input.actor, input.roomId, context))];
  const candidates = candidatesFor(jiras, wanted.address, input.remoteName);
  const gateway = gatewayOf(context.config);
  if (candidates.length === 0 && gateway === undefined) return refused(describeNoCandidate(jiras, wanted, input.remoteName));
  const isWanted = (site: JiraInstance): boolean => isMeant(site, candidates, wanted.address, input.remoteName);
  const usable = await lookableAmong(parts, { jiras: candidates, isWanted, key: wanted.key }, input.actor, context);
  if (usable.length === 0 && candidates.length > 0) return refused(describeNoAccount(candidates, wanted.key, context));
  if (usable.length === 0) return refused(`${describeNoCandidate(jiras, wanted, input.remoteName)} ${siteRemedy(jiras, context)}`);
  if (usable.length > mostJiras) return refused(describeTooMany(usable, wanted.key));
  const answers = await Promise.all(usable.map((lookable) => lookUp(parts, lookable, wanted.key, context)));
  return conclude(parts, answers, { key: wanted.key, jiras, usable }, context);
}

/**
 * Judges state that somebody wrote by hand: they may connect what their own login sees, and a credential that sees the project is the
 * administrator's consent; so is the account of a registered Jira that they may use.
 * @throws RemoteError when Jira cannot tell just now
 */
export async function authorizeProject(
  parts: JiraParts,
  { state, actor }: AuthorizeInput,
  context: ServiceContext<JiraConfig>,
): Promise<Consent> {
  const project = projectOfState(state["url"]);
  if (project === undefined) return unseen([]);
  const candidates = await consentingAt(project.url, actor, context);
  const isWanted = (site: JiraInstance): boolean => instancesAt([site], project.url).length > 0;
  const [lookable] = await lookableAmong(parts, { jiras: candidates, isWanted, key: project.key }, actor, context);
  if (lookable === undefined) return unseen(candidates.filter((jira) => !isRegistered(jira)));
  const answer = await lookUp(parts, lookable, project.key, context);
  if (answer.kind === "failed") throw answer.error;
  if (answer.kind === "found") return consentFor(answer, state, context);
  return { granted: false, reason: describeUnseen(lookable, project.key) };
}

/**
 * What may consent to a connection at the address: no registered Jira for another one at its host, which the person may not use, or which is
 * not registered.
 */
async function consentingAt(address: URL, person: UserId, context: ServiceContext<JiraConfig>): Promise<readonly JiraInstance[]> {
  const usable = new Set((await jirasFor(person, undefined, context)).map(({ remote }) => remote.key));
  const there = instancesAt([...instancesOf(context.config), ...(await allRegistered(context))], address);
  return there.filter((jira) => !isRegistered(jira) || (usable.has(jira.remote.key) && isProjectOf(jira.url, address)));
}

interface Among {
  /** Configured and registered. */
  readonly jiras: readonly JiraInstance[];
  /** Whether a site of Jira Cloud that the configuration does not name is wanted, too. */
  readonly isWanted: (site: JiraInstance) => boolean;
  /** Of the project. */
  readonly key: string;
}

/** Those where the project can be looked up for the person. */
async function lookableAmong(
  parts: JiraParts,
  { jiras, isWanted, key }: Among,
  person: UserId,
  context: ServiceContext<JiraConfig>,
): Promise<readonly Lookable[]> {
  const configured = jiras.filter((jira) => !isRegistered(jira));
  const usable = await lookableFor(parts, { instances: configured, isWanted }, person, context);
  return withRegistered(
    usable,
    jiras.filter(isRegistered).filter(({ remote }) => remote.isInaccessible !== true && serves(remote, key)),
  );
}

/** @param candidates of the configuration, at which nobody can look */
function unseen(candidates: readonly JiraInstance[]): Consent {
  const remedy =
    candidates.length === 0
      ? "The administrator can add it under `jira.instances` with a credential, or register it over the API for connectors"
      : credentialRemedy(candidates);
  return { granted: false, reason: `no credential is configured to see whether the project may be connected. ${remedy}.` };
}

/** Another project's id would bring that one's events. */
function consentFor(found: Found, state: ConnectionState, context: ServiceContext<JiraConfig>): Consent {
  const { project } = found;
  const { id } = state;
  if (id === undefined || id === project.id) return { granted: true, changes: learn(found, context) };
  return { granted: false, reason: `the \`id\` in its state is not that of ${project.key}; leave it out, it is filled in` };
}

/** Said to everybody in the room, not to the person whose login it is. */
function describeUnseen({ instance, accounts }: Lookable, key: string): string {
  const where = nameOf(instance);
  const own = "the login of whoever wrote the state";
  const others = [...new Set(accounts.filter(({ holder }) => holder !== "person").map((access) => lenderWords(instance, access)))];
  if (others.length === accounts.length) return `${others.join(" and ")} ${others.length === 1 ? "sees" : "see"} no project ${key}`;
  return others.length === 0
    ? `${own}, at ${where}, sees no project ${key}`
    : `neither ${others.join(" nor ")} nor ${own} sees a project ${key} there`;
}

function lenderWords(instance: JiraInstance, { registered }: JiraAccess): string {
  return registered === undefined ? `the credential of ${nameOf(instance)}` : `the account of ${remoteWords(registered)} (${instance.url})`;
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

function candidatesFor(jiras: readonly JiraInstance[], address: URL | undefined, remoteName: string | undefined): readonly JiraInstance[] {
  const named = remoteName === undefined ? jiras : instancesNamed(jiras, remoteName);
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

/** What was looked for, and where. */
interface Search {
  readonly key: string;
  readonly jiras: readonly JiraInstance[];
  readonly usable: readonly Lookable[];
}

function conclude(
  parts: ResolveParts,
  answers: readonly LookUp[],
  { key, jiras, usable }: Search,
  context: ServiceContext<JiraConfig>,
): Resolution {
  const found = answers.filter((answer) => answer.kind === "found");
  const missed = answers.filter((answer) => answer.kind !== "found");
  const [first, ...others] = found;
  if (first === undefined) return refused(missed.map((answer) => describeMiss(answer, key)).join(" "));
  if (others.length === 0) {
    const target = { ...targetOf(first), ...sendingFrom(parts, first, usable, context) };
    return { kind: "found", target: withUsualEvents(target), changes: learn(first, context) };
  }
  const choices = found.map((answer) => ({
    typed: `${wordFor(answer, jiras)} ${answer.project.key}`,
    description: `${answer.project.key} at ${answer.instance.url}${viaWords(answer)}`,
  }));
  return { kind: "ambiguous", choices };
}

/** Configured Jiras have a webhook that the administrator made; a registered one is made to send. */
function sendingFrom(
  { webhooks }: ResolveParts,
  found: Found,
  usable: readonly Lookable[],
  context: ServiceContext<JiraConfig>,
): Pick<ConnectionTarget, "afterwards"> {
  const remote = senderFor(found, usable, context);
  if (remote === undefined) return {};
  const { instance, project } = found;
  const jira = { ...instance, remote };
  return { afterwards: ({ kind }) => webhooks.ensure({ jira, key: project.key.toUpperCase(), isAgain: kind === "exists" }, context) };
}

/** What was found by a person's own login at Jira Cloud is not heard for that: the site may be registered, too. */
function senderFor(
  { instance, access, project }: Found,
  usable: readonly Lookable[],
  { config }: ServiceContext<JiraConfig>,
): KnownRemote | undefined {
  if (access.registered !== undefined || instancesOf(config).some(({ url }) => url === instance.url)) return access.registered;
  const accounts = usable.filter((lookable) => lookable.instance.url === instance.url).flatMap((lookable) => lookable.accounts);
  return accounts.flatMap(({ registered }) => registered ?? []).find((registered) => serves(registered, project.key));
}

/** What to type in place of the service to mean the Jira by which it was found. */
function wordFor({ instance, access }: Found, jiras: readonly JiraInstance[]): string {
  const { registered } = access;
  const chosen = registered === undefined ? instance : jiras.find(({ remote }) => remote?.key === registered.key);
  if (chosen === undefined) return `jira:${instance.name}`;
  const all = jiras.includes(chosen) ? jiras : [...jiras, chosen];
  const isNameEnough = !isRegistered(chosen) && remotesCalled(all, chosen.name).length === 1;
  return isNameEnough ? `jira:${chosen.name}` : wordToChoose("jira", chosen, all);
}

function viaWords({ access: { registered } }: Found): string {
  return registered === undefined ? "" : ` (${kindAndId(registered)})`;
}

/** Whoever connects a room wants to follow the work; new issues alone, what state without `events` means, are only its beginning. */
function withUsualEvents(target: ConnectionTarget): ConnectionTarget {
  return { ...target, state: { ...target.state, events: ["issue_created", "issue_updated"] } };
}

function refused(reason: string): Resolution {
  return { kind: "refused", reason };
}
