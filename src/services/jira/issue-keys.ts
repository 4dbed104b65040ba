import type { ConnectionState } from "../../core/connection.js";
import { devinfoEntityTypes } from "../../core/devinfo.js";
import { PermissionError, RemoteError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { IssueKeys } from "../../core/issue-keys.js";
import type { ServiceContext } from "../../core/service.js";
import { pathSegment } from "../../shared/url.js";
import { isAt } from "./at-instance.js";
import { howToLogIn } from "./how-to-log-in.js";
import { instancesNamed, instancesOf, knownInstancesOf, webUrlOf, type JiraInstance } from "./instances.js";
import { parseIssue } from "./issue-key.js";
import { linkOf } from "./jira-request.js";
import type { JiraParts } from "./parts.js";
import { jiraOfState, projectOfState } from "./project-url.js";
import { allRegistered } from "./registered-jiras.js";
import { anyHostRoutingKey } from "./routing-keys.js";
import type { JiraConfig } from "./schema.js";
import { personsJiras, type PersonsJira } from "./sites.js";
import { createTracker } from "./tracker.js";

/** A login at Jira Cloud may reach many sites; more Jiras than these are not asked because of one word. */
const mostJiras = 20;

/** What development information has to know about projects of a Jira. */
export function createIssueKeys(parts: JiraParts): IssueKeys<JiraConfig> {
  return {
    keyOf: (typed) => parseIssue(typed)?.key,
    projectOf: ({ url }) => projectOfState(url)?.key ?? "",
    routingKey: anyHostRoutingKey,
    announced: ({ devinfo }) => devinfoEntityTypes.filter((type) => Array.isArray(devinfo) && devinfo.includes(type)),
    async isAt({ url }, instance, context) {
      const project = projectOfState(url);
      if (project === undefined) return false;
      // Among all at once: a site's address may begin with the name of a registered Jira.
      return isAt(project.url, instance, [...knownInstancesOf(context.config), ...(await allRegistered(context))]);
    },
    issueUrl: (state, key, { config }) => issueUrl(state, key, knownInstancesOf(config)),
    readableAt: (key, actor, context) => readableAt(parts, key, actor, context),
  };
}

/** Addresses of projects at Jira Cloud may have more in front of the project than those of issues. */
function issueUrl({ url }: ConnectionState, key: string, instances: readonly JiraInstance[]): string {
  const project = projectOfState(url)?.url;
  const isCloud = project?.hostname.endsWith(".atlassian.net") === true;
  const webUrl = webUrlOf(instances, project?.href ?? "", isCloud ? undefined : jiraOfState(url));
  return `${webUrl}/browse/${pathSegment(key)}`;
}

/** Asks every Jira that the person is logged in to. One that fails is told only where no other has the issue. */
async function readableAt(parts: JiraParts, key: string, actor: UserId, context: ServiceContext<JiraConfig>): Promise<readonly string[]> {
  const jiras = (await personsJiras(parts, actor, context)).slice(0, mostJiras);
  if (jiras.length === 0) {
    throw new PermissionError("You are not logged in.", "HS_FORBIDDEN_USER", howToLogIn(instancesOf(context.config), context));
  }
  const answers = await Promise.all(jiras.map((jira) => mayRead(parts, key, jira, context)));
  const readable = jiras.filter((_, index) => answers[index] === true);
  const failure = answers.find((answer) => answer instanceof RemoteError);
  if (readable.length === 0 && failure !== undefined) throw failure;
  const known = [...instancesOf(context.config), ...(await allRegistered(context))];
  return [...new Set(readable.flatMap(({ instance }) => namesOf(instance, known)))];
}

async function mayRead(
  { client }: JiraParts,
  key: string,
  { access }: PersonsJira,
  context: ServiceContext<JiraConfig>,
): Promise<boolean | RemoteError> {
  try {
    return (await createTracker(client, linkOf(access, context)).read(key)) !== undefined;
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
}

/**
 * One Jira may stand in the configuration and be registered, too: it is meant by each of its names, and by its host. A site of Jira Cloud that
 * stands nowhere is meant by its address alone, as in rooms: what it calls itself is up to whoever made it.
 */
function namesOf({ url, host }: JiraInstance, known: readonly JiraInstance[]): readonly string[] {
  const names = known.filter((other) => other.url === url).map((other) => other.name);
  const [, site] = /^([^.]+)\.atlassian\.net$/.exec(host) ?? [];
  return [host, ...names, ...(site === undefined || instancesNamed(known, site).length > 0 ? [] : [site])];
}
