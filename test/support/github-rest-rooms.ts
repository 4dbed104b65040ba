import { GitHubRefusal, notFound, type GitHubAnswer } from "./github-answers.js";
import { accountJson, commentJson, installationJson, repositoryJson, type GitHubPlaces } from "./github-json.js";
import {
  fullNameOf,
  type StandInDiscussion,
  type StandInGitHubComment,
  type StandInNotification,
  type StandInRepository,
} from "./github-records.js";
import { appOnly, bodyOf, personOf, repositoryOf, textOf, type GitHubCall, type GitHubHappening } from "./github-rest-call.js";

// What rooms of their own and notifications ask of the stand-in besides.

const pollIntervalSeconds = "20";

export function readComment(call: GitHubCall): GitHubAnswer {
  const repository = repositoryOf(call);
  for (const issue of repository.issues) {
    const comment = issue.comments.find(({ id }) => String(id) === call.parts[2]);
    if (comment !== undefined) return { status: 200, body: commentJson(call.places, repository, issue, comment) };
  }
  throw notFound();
}

export function readAccount({ parts: [login = ""], site, places }: GitHubCall): GitHubAnswer {
  const account = site.accounts.find((candidate) => candidate.login.toLowerCase() === login.toLowerCase());
  if (account === undefined) throw notFound();
  return { status: 200, body: { ...accountJson(places, account), name: `${account.login} by name` } };
}

export function readInstallationOfUser(call: GitHubCall): GitHubAnswer {
  return installationOf(call, false);
}

export function readInstallationOfOrganization(call: GitHubCall): GitHubAnswer {
  return installationOf(call, true);
}

function installationOf(call: GitHubCall, isOrganization: boolean): GitHubAnswer {
  appOnly(call);
  const [login = ""] = call.parts;
  const installation = call.site.installations.find(
    ({ account }) => account.isOrganization === isOrganization && account.login.toLowerCase() === login.toLowerCase(),
  );
  if (installation === undefined) throw notFound();
  return { status: 200, body: installationJson(call.places, call.tokens.appId, installation) };
}

/** Newest first, and 304 where nothing came since (GitHub's "REST API endpoints for notifications"). */
export function listNotifications(call: GitHubCall): GitHubAnswer {
  const { login } = personOf(call);
  const since = Date.parse(call.request.query.get("since") ?? "1970-01-01T00:00:00Z");
  const participating = call.request.query.get("participating") === "true";
  const own = call.site.notifications.filter((entry) => entry.login === login);
  const newest = Math.max(0, ...own.map(({ at }) => at));
  const headers = { "last-modified": new Date(newest).toUTCString(), "x-poll-interval": pollIntervalSeconds };
  if (newest > 0 && Date.parse(call.request.ifModifiedSince ?? "") >= newest) return { status: 304, headers };
  const found = own.filter(({ at, reason }) => at >= since && !(participating && reason === "subscribed")).reverse();
  const perPage = Number(call.request.query.get("per_page") ?? 50);
  const page = Number(call.request.query.get("page") ?? 1);
  const json = found.slice((page - 1) * perPage, page * perPage).map((entry) => notificationJson(call.places, entry));
  return { status: 200, body: json, headers };
}

function notificationJson(places: GitHubPlaces, { id, repository, issue, reason, comment, at }: StandInNotification): object {
  const api = `${places.apiUrl}/repos/${fullNameOf(repository)}`;
  const url = `${api}/${issue.pull === undefined ? "issues" : "pulls"}/${issue.number}`;
  return {
    id: String(id),
    reason,
    unread: true,
    updated_at: new Date(at).toISOString().replace(".000Z", "Z"),
    subject: {
      title: issue.title,
      type: issue.pull === undefined ? "Issue" : "PullRequest",
      url,
      latest_comment_url: comment === undefined ? url : `${api}/issues/comments/${comment.id}`,
    },
    repository: repositoryJson(places, repository),
  };
}

/** The two requests that Switchboard makes, told apart by a word. */
export function answerGraphql(call: GitHubCall): GitHubAnswer {
  const { query, variables } = bodyOf(call);
  // An object, or nothing that has members.
  const given = (variables ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof query !== "string") throw new GitHubRefusal(400, "A query attribute must be specified and must be a string.");
  return query.includes("addDiscussionComment") ? addComment(call, given) : readDiscussion(call, given);
}

function readDiscussion(call: GitHubCall, { owner, repo, number }: Readonly<Record<string, unknown>>): GitHubAnswer {
  const repository = call.site.find(`${String(owner)}/${String(repo)}`);
  const found = repository?.discussions.find((candidate) => candidate.number === number);
  if (repository === undefined || found === undefined || !call.site.sees(call.caller, repository)) return notThere();
  const { id, title, body, author } = found;
  const discussion = {
    ...{ id: nodeId(id), databaseId: id, number, title, body, url: urlOf(call.places, repository, found) },
    author: { login: author.login, avatarUrl: `${call.places.webUrl}/avatars/${author.id}` },
    category: { name: "General", emoji: ":speech_balloon:" },
  };
  const names = { name: repository.name, owner: { login: repository.owner.login }, url: `${call.places.webUrl}/${fullNameOf(repository)}` };
  return {
    status: 200,
    body: { data: { repository: { databaseId: repository.id, isPrivate: repository.isPrivate, ...names, discussion } } },
  };
}

function addComment(call: GitHubCall, { id, body }: Readonly<Record<string, unknown>>): GitHubAnswer {
  const author = personOf(call);
  const text = textOf(body) ?? "";
  for (const repository of call.site.repositories) {
    const discussion = repository.discussions.find((candidate) => nodeId(candidate.id) === id);
    if (discussion === undefined || !call.site.sees(call.caller, repository)) continue;
    const comment = { id: call.site.nextId(), author, body: text, createdAt: call.now };
    discussion.comments.push(comment);
    call.happened(discussionCommented(call.places, repository, discussion, comment));
    return { status: 200, body: { data: { addDiscussionComment: { comment: { databaseId: comment.id } } } } };
  }
  return notThere();
}

function notThere(): GitHubAnswer {
  return { status: 200, body: { data: null, errors: [{ type: "NOT_FOUND", message: "Could not resolve to a node." }] } };
}

export function discussionCommented(
  places: GitHubPlaces,
  repository: StandInRepository,
  discussion: StandInDiscussion,
  comment: StandInGitHubComment,
): GitHubHappening {
  const { id, author: by, body } = comment;
  const html_url = `${urlOf(places, repository, discussion)}#discussioncomment-${id}`;
  const json = { id, node_id: nodeId(id), html_url, body, user: accountJson(places, by) };
  return {
    name: "discussion_comment.created",
    repository,
    by,
    payload: { discussion: discussionJson(places, repository, discussion), comment: json },
  };
}

export function discussionJson(places: GitHubPlaces, repository: StandInRepository, discussion: StandInDiscussion): object {
  const { id, number, title, body, author } = discussion;
  return {
    ...{ id, node_id: nodeId(id), number, title, body, html_url: urlOf(places, repository, discussion) },
    user: accountJson(places, author),
    category: { id: 1, name: "General", emoji: ":speech_balloon:" },
  };
}

function urlOf({ webUrl }: GitHubPlaces, repository: StandInRepository, { number }: StandInDiscussion): string {
  return `${webUrl}/${fullNameOf(repository)}/discussions/${number}`;
}

function nodeId(id: number): string {
  return `D_${id}`;
}
