import type { ServiceContext } from "../../core/service.js";
import { anonymousLink, type GitHubLink } from "./access.js";
import type { CommentAnswer } from "./client-schema.js";
import type { CommentQuery, DiffQuery, IssueReader } from "./remote.js";
import type { GitHubConfig } from "./schema.js";
import type { GitHubParts } from "./session.js";

/** Reads what messages show besides their webhook, as the GitHub App. */
export function createIssueReader({ client, app, pace }: GitHubParts): IssueReader {
  async function linkFor(query: DiffQuery, context: ServiceContext<GitHubConfig>): Promise<GitHubLink> {
    if (query.installationId !== undefined) return app.linkOf(query.installationId, context);
    return (await app.linkFor(query, context)) ?? anonymousLink(context, pace);
  }
  return {
    async lastCommentBy(query, context) {
      const comments = await client.comments(app.linkOf(query.installationId, context), query, query.since);
      return comments.findLast((comment) => isBy(comment, query))?.body ?? undefined;
    },
    diff: async (query, context) => client.diff(await linkFor(query, context), query),
  };
}

/** GitHub's `since` looks at the last change, so older comments that were edited come along. */
function isBy({ user, created_at: created }: CommentAnswer, { login, since, until }: CommentQuery): boolean {
  const at = Date.parse(created ?? "");
  return user?.login.toLowerCase() === login.toLowerCase() && at >= since && at <= until;
}
