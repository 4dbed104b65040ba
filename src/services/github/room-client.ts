import { NotFoundError } from "../../core/errors.js";
import { compileSchema } from "../../shared/validate.js";
import type { GitHubLink } from "./access.js";
import { change, find, issueParameters, issueRoute, list, only } from "./client.js";
import { installationSchema, type InstallationAnswer } from "./client-schema.js";
import type { DiscussionChanged, Repository } from "./events.js";
import { unreadableAnswer } from "./failures.js";
import { askGraphql } from "./graphql.js";
import type { IssueName, RepositoryName } from "./repository-name.js";
import {
  accountSchema,
  discussionCommentMadeSchema,
  discussionSchema,
  madeSchema,
  roomCommentSchema,
  roomIssueSchema,
  roomRepositorySchema,
  type AccountAnswer,
  type DiscussionAnswer,
  type DiscussionCommentMadeAnswer,
  type MadeAnswer,
  type RoomCommentAnswer,
  type RoomIssueAnswer,
  type RoomRepositoryAnswer,
} from "./room-answers.js";

/** A discussion as its API shows it. */
export interface FoundDiscussion {
  readonly repository: Repository;
  readonly isPrivate: boolean;
  readonly discussion: DiscussionChanged["discussion"];
}

/** The part of GitHub's API that rooms of their own need. Fails as the service's client does; what may not be seen is undefined. */
export interface RoomClient {
  repository(link: GitHubLink, name: RepositoryName): Promise<RoomRepositoryAnswer | undefined>;
  issue(link: GitHubLink, name: IssueName): Promise<RoomIssueAnswer | undefined>;
  /** All of them, the oldest first. */
  comments(link: GitHubLink, name: IssueName): Promise<readonly RoomCommentAnswer[]>;
  /** @returns the comment's id */
  addComment(link: GitHubLink, name: IssueName, body: string): Promise<number>;
  /** As the App: where it is installed for a user or an organisation. */
  installationOf(link: GitHubLink, login: string): Promise<InstallationAnswer | undefined>;
  account(link: GitHubLink, login: string): Promise<AccountAnswer | undefined>;
  discussion(link: GitHubLink, name: IssueName): Promise<FoundDiscussion | undefined>;
  /** @param id the discussion's node id. @returns the comment's id */
  addDiscussionComment(link: GitHubLink, id: string, body: string): Promise<number>;
}

const discussionQuery = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) {
    databaseId isPrivate name url owner { login }
    discussion(number: $number) {
      id databaseId number title url body author { login avatarUrl } category { name emoji }
    }
  }
}`;

const commentMutation = `mutation ($id: ID!, $body: String!) {
  addDiscussionComment(input: { discussionId: $id, body: $body }) { comment { databaseId } }
}`;

/** Compiles its schemas, so it is made once. */
export function createRoomClient(): RoomClient {
  const options = { useDefaults: false, allErrors: false };
  const repository = compileSchema<RoomRepositoryAnswer>(roomRepositorySchema, options);
  const issue = compileSchema<RoomIssueAnswer>(roomIssueSchema, options);
  const comment = compileSchema<RoomCommentAnswer>(roomCommentSchema, options);
  const made = compileSchema<MadeAnswer>(madeSchema, options);
  const installation = compileSchema<InstallationAnswer>(installationSchema, options);
  const account = compileSchema<AccountAnswer>(accountSchema, options);
  const discussion = compileSchema<DiscussionAnswer>(discussionSchema, options);
  const commentMade = compileSchema<DiscussionCommentMadeAnswer>(discussionCommentMadeSchema, options);
  return {
    repository: (link, name) => find(link, "GET /repos/{owner}/{repo}", only(name), repository),
    issue: (link, name) => find(link, issueRoute("GET"), issueParameters(name), issue),
    comments: (link, name) => list(link, issueRoute("GET", "/comments"), issueParameters(name), comment),
    async addComment(link, name, body) {
      const answer = made(await change(link, issueRoute("POST", "/comments"), { ...issueParameters(name), body }));
      if (!answer.ok) throw unreadableAnswer(link, true);
      return answer.value.id;
    },
    async installationOf(link, login) {
      return (
        (await find(link, "GET /users/{login}/installation", { login }, installation)) ??
        find(link, "GET /orgs/{login}/installation", { login }, installation)
      );
    },
    account: (link, login) => find(link, "GET /users/{login}", { login }, account),
    async discussion(link, { owner, repo, number }) {
      const variables = { owner, repo, number };
      const found = await askGraphql(link, { query: discussionQuery, variables, check: discussion, changes: false });
      return found && toDiscussion(found);
    },
    async addDiscussionComment(link, id, body) {
      const answer = await askGraphql(link, { query: commentMutation, variables: { id, body }, check: commentMade, changes: true });
      if (answer === undefined)
        throw new NotFoundError(`There is no such discussion at ${link.site.webUrl}, or your account may not see it.`);
      return answer.addDiscussionComment.comment.databaseId;
    },
  };
}

function toDiscussion({
  repository: { databaseId: id, isPrivate, name: repo, url, owner, discussion },
}: DiscussionAnswer): FoundDiscussion {
  const { id: nodeId, databaseId, author, category, body, ...others } = discussion;
  const { number, title, url: address } = others;
  return {
    isPrivate,
    repository: { id, url, owner: owner.login, repo, fullName: `${owner.login}/${repo}` },
    discussion: {
      ...{ id: databaseId, nodeId, number, title, url: address },
      ...(author ? { author: author.login } : {}),
      ...(author?.avatarUrl ? { authorAvatarUrl: author.avatarUrl } : {}),
      ...(body === "" ? {} : { body }),
      ...(category ? { category: { name: category.name, ...(category.emoji ? { emoji: category.emoji } : {}) } } : {}),
    },
  };
}
