import { NotFoundError, RemoteError, ValidationError } from "../../core/errors.js";
import type { IssueTracker, TrackerIssue, TrackerTransition } from "../../core/issue-tracker.js";
import { markdown } from "../../shared/markdown.js";
import type { GitHubLink } from "./access.js";
import type { IssueAnswer } from "./client-schema.js";
import type { GitHubClient } from "./client.js";
import { labelsOf } from "./command-answers.js";
import { isLogin, nameOf, parseIssueName, parseRepository, repositoryUrl, type IssueName, type RepositoryName } from "./repository-name.js";

/** GitHub knows no types of issues that every repository has. */
const issueType = "Issue";

const transitions: Readonly<Record<"open" | "closed", TrackerTransition>> = {
  open: { id: "open", name: "Reopen", to: "open" },
  closed: { id: "closed", name: "Close", to: "closed" },
};

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
      return (await client.findRepository(link, repositoryOf(projectKey))) === undefined ? undefined : [issueType];
    },
    async create({ projectKey, summary, description, labels = [] }) {
      const repository = repositoryOf(projectKey);
      const body = description === undefined ? {} : { body: verbatim(description) };
      const made = await client.createIssue(link, repository, { title: summary.replace(/\s+/g, " ").trim(), labels, ...body });
      const url = made.html_url ?? `${repositoryUrl(repository, link.site)}/issues/${made.number}`;
      return { key: keyOf({ ...repository, number: made.number }), url };
    },
    async read(key) {
      const name = issueOf(key);
      const issue = await client.findIssue(link, name);
      return issue && toIssue(issue, name);
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
    ...(assignee === undefined ? {} : { assignee: assignee.login }),
    ...(issue.user ? { reporter: issue.user.login } : {}),
    labels: labelsOf(issue),
    ...(body === "" ? {} : { description: body }),
  };
}
