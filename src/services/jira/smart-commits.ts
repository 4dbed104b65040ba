import type { Connection } from "../../core/connection.js";
import { PermissionError, RemoteError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { IssueKeys } from "../../core/issue-keys.js";
import type { TrackerIssue, TrackerUser } from "../../core/issue-tracker.js";
import type { ServiceContext } from "../../core/service.js";
import type { SmartCommitAnswer, SmartCommitCall, SmartCommitPlace, SmartCommits } from "../../core/smart-commits.js";
import { chooseWrittenTransition } from "./choose-transition.js";
import type { JiraClient } from "./client.js";
import { isSameAddress } from "./commit-authors.js";
import { gatewayOf, instancesNamed, instancesOf, type JiraInstance } from "./instances.js";
import { linkOf, type JiraLink } from "./jira-request.js";
import type { AccountParts } from "./parts.js";
import { placeOf } from "./place.js";
import { jiraOfState } from "./project-url.js";
import { allRegistered } from "./registered-jiras.js";
import type { JiraConfig } from "./schema.js";
import { personsJirasAmong, type PersonsJira } from "./sites.js";
import { createTracker, logWork } from "./tracker.js";

type Context = ServiceContext<JiraConfig>;

/**
 * What smart commits may do here. The author is who the e-mail address of an account says, when Jira is asked for it with the login of the
 * person who would act: what is remembered, and what anybody typed, does not count.
 */
export function createSmartCommits(parts: AccountParts, issueKeys: IssueKeys<JiraConfig>): SmartCommits<JiraConfig> {
  return {
    placesOf: (target, context) => placesOf(target, issueKeys, context),
    carryOut: (call, context) => carryOut(parts, call, context),
  };
}

async function placesOf(
  { issueKey, instance }: { readonly issueKey: string; readonly instance?: string },
  issueKeys: IssueKeys<JiraConfig>,
  context: Context,
): Promise<readonly SmartCommitPlace[]> {
  const jiras = [...instancesOf(context.config).filter(({ isGateway }) => isGateway !== true), ...(await allRegistered(context))];
  const named = instance === undefined ? [] : instancesNamed(jiras, instance).map(toPlace);
  if (named.length > 0) return distinct(named);
  if (context.connections.isComplete?.() === false) throw new RemoteError("The rooms are being read for the first time");
  const project = issueKey.slice(0, issueKey.lastIndexOf("-"));
  const connections = await context.connections.byRemoteKey(issueKeys.routingKey(project));
  const meant = await Promise.all(
    connections.map(async ({ state }) => instance === undefined || (await issueKeys.isAt(state, instance, context))),
  );
  return distinct(connections.filter((_, index) => meant[index]).flatMap((connection) => placesOfRoom(connection, jiras)));
}

/** A site of Jira Cloud need not be configured: people reach it by their login at Jira Cloud. */
function placesOfRoom(connection: Connection, jiras: readonly JiraInstance[]): readonly SmartCommitPlace[] {
  const { fitting, url } = placeOf(connection, jiras);
  if (fitting.length > 0) return fitting.map(toPlace);
  if (url === undefined) return [];
  const isCloud = url.hostname.endsWith(".atlassian.net");
  return [{ name: url.host, url: isCloud ? url.origin : (jiraOfState(url.href) ?? url.origin) }];
}

function toPlace({ name, url }: JiraInstance): SmartCommitPlace {
  return { name, url };
}

function distinct(places: readonly SmartCommitPlace[]): readonly SmartCommitPlace[] {
  return places.filter(({ url }, index) => places.findIndex((other) => other.url === url) === index);
}

async function carryOut(parts: AccountParts, call: SmartCommitCall, context: Context): Promise<SmartCommitAnswer> {
  const author = await findAuthor(parts, call, context);
  if (typeof author === "string") return refused(author);
  const link = linkOf(author.jira.access, context);
  const issue = await createTracker(parts.client, link).read(call.issueKey);
  if (issue === undefined) return refused(`There is no ${call.issueKey} at ${call.place.url}, or ${author.person} may not see it.`);
  const change = await prepare(parts.client, link, { call, issue, nowMs: context.now() });
  if (!(await call.begin(issue.key))) return { kind: "left" };
  await change();
  return { kind: "done", as: `${author.person} (${author.user.displayName} at ${call.place.name})` };
}

function refused(reason: string): SmartCommitAnswer {
  return { kind: "refused", reason };
}

interface Change {
  readonly call: SmartCommitCall;
  readonly issue: TrackerIssue;
  readonly nowMs: number;
}

/** @returns the one request that changes something. @throws ValidationError when the workflow allows no such move; RemoteError */
async function prepare(client: JiraClient, link: JiraLink, { call, issue, nowMs }: Change): Promise<() => Promise<void>> {
  const { command, happenedAt } = call;
  const tracker = createTracker(client, link);
  switch (command.kind) {
    case "comment":
      return () => tracker.comment(issue.key, command.text);
    case "time": {
      // Clocks of people who commit are anywhere.
      const work = { spent: command.spent, text: command.text, startedAt: Math.min(happenedAt, nowMs) };
      return () => logWork(client, link, issue.key, work);
    }
    case "transition": {
      const move = chooseWrittenTransition(issue, await tracker.transitions(issue.key), command.name);
      return () => tracker.transition(issue.key, move);
    }
  }
}

/** Who acts, and as whom. */
interface Author {
  readonly person: UserId;
  readonly jira: PersonsJira;
  readonly user: TrackerUser;
}

/** @returns why nobody may act, as a sentence */
async function findAuthor(parts: AccountParts, call: SmartCommitCall, context: Context): Promise<Author | string> {
  const { place, authorEmail } = call;
  const where = `${place.name} (${place.url})`;
  const remotes = remotesAt(place, context);
  const found: Author[] = [];
  for (const person of await parts.authors.find(authorEmail, remotes, context)) {
    const author = await confirm(parts, person, call, context);
    if (author !== undefined) found.push(author);
  }
  const [first] = found;
  if (first === undefined)
    return `Nobody who is logged in to ${where} has an account there with the e-mail address of the commit's author.`;
  if (found.some(({ user }) => user.id !== first.user.id))
    return `Several accounts at ${where} have the e-mail address of the commit's author.`;
  return (
    found.find(({ person }) => call.mayAct(person)) ??
    `${first.person} lacks the level \`commands\` for Jira in the configuration's \`permissions\`.`
  );
}

/** Under which logins are kept that are good there. */
function remotesAt({ url }: SmartCommitPlace, { config }: Context): readonly string[] {
  const gateway = gatewayOf(config);
  return [url, ...(gateway === undefined || gateway.url === url ? [] : [gateway.url])];
}

/** Undefined where the person has no login there any more, or another address. @throws RemoteError when Jira cannot be asked just now */
async function confirm(
  parts: AccountParts,
  person: UserId,
  { place, authorEmail }: SmartCommitCall,
  context: Context,
): Promise<Author | undefined> {
  try {
    const jira = await reach(parts, person, place, context);
    if (jira === undefined) return undefined;
    const user = await createTracker(parts.client, linkOf(jira.access, context)).whoAmI();
    const email = user.email ?? (await emailAtCloud(parts, person, user, context));
    return email !== undefined && isSameAddress(email, authorEmail) ? { person, jira, user } : undefined;
  } catch (error) {
    const isOver = error instanceof PermissionError || (error instanceof RemoteError && (!error.isTransient || error.status === 401));
    if (isOver) return undefined;
    throw error;
  }
}

async function reach(parts: AccountParts, person: UserId, { url }: SmartCommitPlace, context: Context): Promise<PersonsJira | undefined> {
  const instances = instancesOf(context.config).filter((instance) => instance.url === url && instance.isGateway !== true);
  const wanted = { instances, isWanted: (site: JiraInstance) => site.url === url };
  const jiras = await personsJirasAmong(parts, person, wanted, context);
  return jiras.find(({ instance }) => instance.url === url);
}

/** A site of Jira Cloud may keep the address back where the person's Atlassian account tells it. */
async function emailAtCloud(
  { client, logins }: AccountParts,
  person: UserId,
  { id }: TrackerUser,
  context: Context,
): Promise<string | undefined> {
  const gateway = gatewayOf(context.config);
  const login = gateway === undefined ? undefined : await logins.find(person, gateway, context);
  if (login === undefined) return undefined;
  const account = await client.account({ http: context.http, access: login.access });
  return account.account_id === id ? (account.email ?? undefined) : undefined;
}
