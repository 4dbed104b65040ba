import { GitHubRefusal, notFound, type GitHubAnswer } from "./github-answers.js";
import { commentJson, issueJson, pullJson, repositoryJson, accountJson, reviewJson } from "./github-json.js";
import type { StandInGitHubAccount, StandInGitHubIssue, StandInRepository, StandInReview } from "./github-records.js";
import {
  bodyOf,
  issueOf,
  noteChange,
  pageOf,
  personOf,
  repositoryOf,
  textOf,
  textsOf,
  writerOf,
  type GitHubCall,
} from "./github-rest-call.js";

/** Newest first, and only open ones, unless asked for otherwise; with every one of the labels. */
export function listIssues(call: GitHubCall): GitHubAnswer {
  const repository = repositoryOf(call);
  const { query } = call.request;
  const state = query.get("state") ?? "open";
  const labels = (query.get("labels") ?? "").split(",").filter((label) => label !== "");
  const carries = (issue: StandInGitHubIssue, label: string): boolean =>
    issue.labels.some(({ name }) => name.toLowerCase() === label.toLowerCase());
  const wanted = repository.issues.filter((issue) => labels.every((label) => carries(issue, label)));
  const fitting = wanted.filter((issue) => state === "all" || issue.state === state);
  const found = query.get("direction") === "asc" ? fitting : fitting.toReversed();
  const json = found.map((issue) => issueJson(call.places, repository, issue));
  return pageOf(call, json, (page) => page);
}

export function readIssue(call: GitHubCall): GitHubAnswer {
  const { repository, issue } = issueOf(call);
  return { status: 200, body: issueJson(call.places, repository, issue) };
}

export function createIssue(call: GitHubCall): GitHubAnswer {
  const repository = repositoryOf(call);
  const author = personOf(call);
  const { title, body, labels } = bodyOf(call);
  const named = textOf(title);
  if (named === undefined)
    throw new GitHubRefusal(422, "Validation Failed", [{ resource: "Issue", field: "title", code: "missing_field" }]);
  const canTriage = call.site.permissionOf(repository, author.login) !== "read";
  const issue = makeIssue(call.site.nextId(), repository, author, named, call.now);
  issue.body = textOf(body) ?? "";
  // GitHub leaves out, without a word, what the author may not set.
  issue.labels = canTriage ? call.site.labelsOf(repository, textsOf(labels)) : [];
  repository.issues.push(issue);
  tell(call, "issues.opened", repository, issue, author);
  noteChange(call, "created", author.login, repository, issue.number);
  return { status: 201, body: issueJson(call.places, repository, issue) };
}

/** A new issue with the repository's next number; not yet in it. */
export function makeIssue(
  id: number,
  repository: StandInRepository,
  author: StandInGitHubAccount,
  title: string,
  now: number,
): StandInGitHubIssue {
  const state = { body: "", state: "open", labels: [], assignees: [], comments: [], reactions: [] } as const;
  return { ...state, id, number: repository.issues.length + 1, author, title, createdAt: now, updatedAt: now, comments: [], reactions: [] };
}

export function editIssue(call: GitHubCall): GitHubAnswer {
  const { repository, issue } = issueOf(call);
  const { state, title, body } = bodyOf(call);
  const by = personOf(call);
  if (by.id !== issue.author.id) writerOf(call, repository);
  issue.title = textOf(title) ?? issue.title;
  if (typeof body === "string") issue.body = body;
  issue.updatedAt = call.now;
  if ((state === "open" || state === "closed") && state !== issue.state) {
    issue.state = state;
    issue.closed = { by, at: call.now };
    const kind = issue.pull === undefined ? "issues" : "pull_request";
    tell(call, `${kind}.${state === "closed" ? "closed" : "reopened"}`, repository, issue, by);
    noteChange(call, state === "closed" ? "closed" : "reopened", by.login, repository, issue.number);
  }
  return { status: 200, body: issueJson(call.places, repository, issue) };
}

export function listComments(call: GitHubCall): GitHubAnswer {
  const { repository, issue } = issueOf(call);
  const since = Date.parse(call.request.query.get("since") ?? "1970-01-01T00:00:00Z");
  const found = issue.comments.filter(({ createdAt }) => createdAt >= since);
  const json = found.map((comment) => commentJson(call.places, repository, issue, comment));
  return pageOf(call, json, (page) => page);
}

export function addComment(call: GitHubCall): GitHubAnswer {
  const { repository, issue } = issueOf(call);
  const author = personOf(call);
  const body = textOf(bodyOf(call)["body"]);
  if (body === undefined)
    throw new GitHubRefusal(422, "Validation Failed", [{ resource: "IssueComment", code: "unprocessable", field: "data" }]);
  const comment = { id: call.site.nextId(), author, body, createdAt: call.now };
  issue.comments.push(comment);
  issue.updatedAt = call.now;
  const json = commentJson(call.places, repository, issue, comment);
  const payload = { issue: issueJson(call.places, repository, issue), comment: json };
  call.happened({ name: "issue_comment.created", repository, by: author, payload });
  noteChange(call, "commented", author.login, repository, issue.number);
  return { status: 201, body: json };
}

/** Who has no access is left out without a word. */
export function addAssignees(call: GitHubCall): GitHubAnswer {
  const { repository, issue } = issueOf(call);
  const by = writerOf(call, repository);
  const wanted = textsOf(bodyOf(call)["assignees"]).map((login) => login.toLowerCase());
  const added = call.site.accounts.filter((account) => wanted.includes(account.login.toLowerCase()) && isAssignable(repository, account));
  issue.assignees = [...new Set([...issue.assignees, ...added])].slice(0, 10);
  for (const account of added) tell(call, "issues.assigned", repository, issue, by, { assignee: accountJson(call.places, account) });
  noteChange(call, "assigned", by.login, repository, issue.number);
  return { status: 201, body: issueJson(call.places, repository, issue) };
}

export function checkAssignee(call: GitHubCall): GitHubAnswer {
  const repository = repositoryOf(call);
  const wanted = call.parts[2]?.toLowerCase();
  const account = call.site.accounts.find(({ login }) => login.toLowerCase() === wanted);
  if (account === undefined || !isAssignable(repository, account)) throw notFound();
  return { status: 204 };
}

function isAssignable(repository: StandInRepository, { login }: StandInGitHubAccount): boolean {
  return [...repository.permissions.keys()].some((name) => name.toLowerCase() === login.toLowerCase());
}

const reactionContents = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];

export function addReaction(call: GitHubCall): GitHubAnswer {
  const { repository, issue } = issueOf(call);
  const by = personOf(call);
  const content = textOf(bodyOf(call)["content"]);
  if (content === undefined || !reactionContents.includes(content)) throw new GitHubRefusal(422, "Validation Failed");
  issue.reactions.push({ content, by: by.login });
  noteChange(call, "reacted", by.login, repository, issue.number);
  return { status: 201, body: { id: call.site.nextId(), content, user: accountJson(call.places, by) } };
}

export function readPull(call: GitHubCall): GitHubAnswer {
  const { repository, issue } = issueOf(call);
  if (issue.pull === undefined) throw notFound();
  if (call.request.accept?.includes("diff") === true) {
    return { status: 200, body: issue.pull.diff, headers: { "content-type": "application/vnd.github.diff; charset=utf-8" } };
  }
  return { status: 200, body: pullJson(call.places, repository, issue) };
}

const reviewEvents = ["APPROVE", "REQUEST_CHANGES", "COMMENT"] as const;

export function createReview(call: GitHubCall): GitHubAnswer {
  const { repository, issue } = issueOf(call);
  if (issue.pull === undefined) throw notFound();
  const author = personOf(call);
  const { event: typed, body } = bodyOf(call);
  const event = reviewEvents.find((known) => known === typed);
  if (event === undefined) throw new GitHubRefusal(422, "Validation Failed");
  if (event !== "COMMENT" && author.id === issue.author.id) {
    // GitHub gives these as texts; the stand-in's refusals carry objects.
    throw new GitHubRefusal(422, "Unprocessable Entity", [{ message: "Can not approve your own pull request" }]);
  }
  const text = textOf(body);
  if (event !== "APPROVE" && text === undefined) throw new GitHubRefusal(422, "Unprocessable Entity", [{ message: "Body is missing" }]);
  const review: StandInReview = { id: call.site.nextId(), author, event, body: text ?? "" };
  issue.pull.reviews.push(review);
  const json = reviewJson(call.places, repository, issue, review);
  const payload = { review: json, pull_request: pullJson(call.places, repository, issue) };
  call.happened({ name: "pull_request_review.submitted", repository, by: author, payload });
  noteChange(call, "reviewed", author.login, repository, issue.number);
  return { status: 200, body: json };
}

/** Words that the title has to hold, and `repo:owner/name`. */
export function searchIssues(call: GitHubCall): GitHubAnswer {
  const words = (call.request.query.get("q") ?? "").split(/\s+/).filter((word) => word !== "");
  const [scope = ""] = words.filter((word) => word.startsWith("repo:")).map((word) => word.slice("repo:".length));
  const repository = call.site.find(scope);
  if (repository === undefined || !call.site.sees(call.caller, repository)) throw new GitHubRefusal(422, "Validation Failed");
  const wanted = words.filter((word) => !word.includes(":")).map((word) => word.toLowerCase());
  const found = repository.issues.filter(({ title }) => wanted.every((word) => title.toLowerCase().includes(word)));
  const items = found.map((issue) => issueJson(call.places, repository, issue));
  return pageOf(call, items, (page) => ({ total_count: items.length, incomplete_results: false, items: page }));
}

function tell(
  call: GitHubCall,
  name: string,
  repository: StandInRepository,
  issue: StandInGitHubIssue,
  by: StandInGitHubAccount,
  more: object = {},
): void {
  const about = name.startsWith("pull_request")
    ? { number: issue.number, pull_request: pullJson(call.places, repository, issue) }
    : { issue: issueJson(call.places, repository, issue) };
  call.happened({ name, repository, by, payload: { ...about, ...more } });
}

/** With the caller's permissions, where it is a person. */
export function readRepository(call: GitHubCall): GitHubAnswer {
  const repository = repositoryOf(call);
  const json = repositoryJson(call.places, repository);
  if (call.caller.kind !== "person") return { status: 200, body: json };
  const permission = call.site.permissionOf(repository, call.caller.account.login);
  const push = permission === "admin" || permission === "write";
  return { status: 200, body: { ...json, permissions: { admin: permission === "admin", push, triage: push, pull: true } } };
}
