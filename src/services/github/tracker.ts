import { NotFoundError, PermissionError, RemoteError, ValidationError } from "../../core/errors.js";
import type { IssueTracker, TrackerAccess, TrackerIssue, TrackerTransition } from "../../core/issue-tracker.js";
import type { ServiceContext } from "../../core/service.js";
import { markdown } from "../../shared/markdown.js";
import { personLink, registeredLink, type GitHubLink } from "./access.js";
import type { IssueAnswer } from "./client-schema.js";
import type { GitHubClient } from "./client.js";
import { labelsOf } from "./command-answers.js";
import type { OctokitPace } from "./octokit-pace.js";
import { isLogin, nameOf, parseIssueName, parseRepository, repositoryUrl, type IssueName, type RepositoryName } from "./repository-name.js";
import { registeredSite } from "./registered-site.js";
import { repositoryKeysAt } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";

/** GitHub knows no types of issues that every repository has. */
const issueType = "Issue";

const transitions: Readonly<Record<"open" | "closed", TrackerTransition>> = {
  open: { id: "open", name: "Reopen", to: "open" },
  closed: { id: "closed", name: "Close", to: "closed", toDone: true },
};

/** How a card about a registered GitHub's repository finds rooms. */
export function findingKeys(remoteUrl: string, project: string, config: GitHubConfig): readonly string[] {
  const site = registeredSite({ url: remoteUrl });
  const repository = parseRepository(project, site);
  return repository === undefined ? [] : repositoryKeysAt(site, repository, config);
}

/** Whom a tracker acts as: a person at the GitHub of the configuration, or, with a way of its own there, an account wherever it is. */
export function trackerLink(access: TrackerAccess, context: ServiceContext<GitHubConfig>, pace: OctokitPace): GitHubLink {
  const { url, apiPath, username, token, isToken, http } = access;
  if (http === undefined) return personLink({ token, by: "token" }, context, pace);
  const account =
    username === undefined || isToken === true
      ? ({ kind: "token", token } as const)
      : ({ kind: "password", username, password: token } as const);
  // The ways around certificates and proxy are the client's.
  const remote = { serviceId: "github", url, account, settings: {}, checksCertificate: true, usesProxy: true };
  return registeredLink(apiPath === undefined ? remote : { ...remote, apiPath }, http, context, pace);
}

/** Issues at GitHub, made and changed by one account. Projects are repositories (`octo/hello`), keys are `octo/hello#12`. */
export function createTracker(client: GitHubClient, link: GitHubLink): IssueTracker {
  const issueOf = (key: string): IssueName => {
    const name = parseIssueName(key, link.site);
    if (name === undefined) throw new ValidationError(`\`${key}\` is no issue. Its key looks like \`octo/hello#12\`.`);
    return name;
  };
  const repositoryOf = (key: string): RepositoryName => {
    const name = parseRepository(key, link.site);
    if (name === undefined) throw new ValidationError(`\`${key}\` is no repository. Its name looks like \`octo/hello\`.`);
    return name;
  };
  return {
    async whoAmI() {
      const { login } = await client.whoAmI(link);
      return { id: login, displayName: login };
    },
    async issueTypes(projectKey) {
      const name = repositoryOf(projectKey);
      const repository = await client.findRepository(link, name);
      const { full_name: fullName = nameOf(name) } = repository ?? {};
      // By its former name a repository is found, too: what was asked for is not called so any more.
      return repository === undefined || fullName.toLowerCase() !== projectKey.toLowerCase() ? undefined : [issueType];
    },
    async create({ projectKey, summary, description, labels = [] }) {
      const repository = repositoryOf(projectKey);
      const body = description === undefined ? {} : { body: verbatim(description) };
      const made = await client.createIssue(link, repository, { title: oneLine(summary), labels, ...body });
      const url = made.html_url ?? `${repositoryUrl(repository, link.site)}/issues/${made.number}`;
      return { key: keyOf({ ...repository, number: made.number }), url };
    },
    async read(key) {
      const name = issueOf(key);
      const issue = await findUnlessDeleted(client, link, name);
      // One that was transferred is found where it is now.
      return issue && toIssue(issue, parseIssueName(issue.html_url, link.site) ?? name);
    },
    async edit(key, { summary, description }) {
      await client.editIssue(link, issueOf(key), {
        ...(summary === undefined ? {} : { title: oneLine(summary) }),
        ...(description === undefined ? {} : { body: verbatim(description) }),
      });
    },
    async findLabelled(projectKey, label) {
      const repository = repositoryOf(projectKey);
      const found = await client.labelledIssues(link, repository, label);
      const issues = found.filter((issue) => !issue.pull_request).map((issue) => toIssue(issue, { ...repository, number: issue.number }));
      // What was asked for is a list with commas; a second look costs nothing.
      const labelled = issues.filter(({ labels }) => labels.some((name) => name.toLowerCase() === label.toLowerCase()));
      if (labelled.length === 0) await requireLabelling(client, link, repository);
      return labelled;
    },
    async comment(key, text) {
      await client.addComment(link, issueOf(key), verbatim(text));
    },
    async transitions(key) {
      const name = issueOf(key);
      const issue = await client.findIssue(link, name);
      if (issue === undefined) throw new NotFoundError(`There is no ${keyOf(name)}, or the account may not see it.`);
      return [issue.state === "open" ? transitions.closed : transitions.open];
    },
    async transition(key, { id }) {
      if (id !== "open" && id !== "closed") throw new RemoteError("GitHub's issues are open or closed, and nothing else.", { status: 422 });
      await client.setState(link, issueOf(key), id);
    },
    async findAssignable(key, typed) {
      const login = typed.trim().replace(/^@/, "");
      if (!isLogin(login)) return [];
      return (await client.isAssignable(link, issueOf(key), login)) ? [{ id: login, displayName: login }] : [];
    },
    async assign(key, { id }) {
      const assigned = await client.addAssignees(link, issueOf(key), [id]);
      if (assigned?.some((login) => login.toLowerCase() === id.toLowerCase()) === false) {
        throw new RemoteError(`GitHub did not assign ${id}: only people with access to the repository can be.`, { status: 422 });
      }
    },
    async search(query, limit) {
      const issues = await client.searchIssues(link, query, limit);
      return issues.slice(0, limit).flatMap((issue) => {
        const name = parseIssueName(issue.html_url, link.site);
        return name === undefined ? [] : [toIssue(issue, name)];
      });
    },
  };
}

/** Of an issue that was deleted GitHub says 410. */
async function findUnlessDeleted(client: GitHubClient, link: GitHubLink, name: IssueName): Promise<IssueAnswer | undefined> {
  try {
    return await client.findIssue(link, name);
  } catch (error) {
    if (error instanceof RemoteError && error.status === 410) return undefined;
    throw error;
  }
}

/**
 * Of whoever may not push GitHub leaves out labels without a word (its REST documentation, "Create an issue"): nobody can tell then whether
 * an issue was made.
 * @throws PermissionError
 */
async function requireLabelling(client: GitHubClient, link: GitHubLink, repository: RepositoryName): Promise<void> {
  const { permissions } = (await client.findRepository(link, repository)) ?? {};
  // Apps get no permissions told.
  if (permissions?.push !== false) return;
  const sentence = `The account may not set labels in ${nameOf(repository)}, and without them its issues cannot be found again.`;
  throw new PermissionError(sentence, "HS_FORBIDDEN_USER", "Give it the role Write there.");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Plain text, for a place where GitHub reads Markdown and keeps line breaks. */
function verbatim(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => markdown`${line}`.source)
    .join("\n");
}

function keyOf(name: IssueName): string {
  return `${nameOf(name)}#${name.number}`;
}

function toIssue(issue: IssueAnswer, name: IssueName): TrackerIssue {
  const [assignee] = issue.assignees ?? [];
  const body = issue.body?.trim() ?? "";
  return {
    key: keyOf(name),
    url: issue.html_url,
    projectKey: nameOf(name),
    summary: issue.title,
    type: issue.pull_request ? "Pull request" : issueType,
    status: issue.state,
    ...(issue.state === "closed" ? { isDone: true } : {}),
    ...(assignee === undefined ? {} : { assignee: assignee.login }),
    ...(issue.user ? { reporter: issue.user.login } : {}),
    labels: labelsOf(issue),
    ...(body === "" ? {} : { description: body }),
  };
}
