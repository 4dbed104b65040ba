import type { ServiceContext } from "../../core/service.js";
import type { IssueName } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";

/** What messages show that no webhook carries. Asked at a delivery's turn in its room, so everything has to answer within seconds. */
export interface IssueReader {
  /**
   * What the person commented last, within a span of time.
   * @returns undefined when there is no such comment
   * @throws RemoteError
   */
  lastCommentBy(query: CommentQuery, context: ServiceContext<GitHubConfig>): Promise<string | undefined>;
  /**
   * What a pull request changes, in the form of `git diff`.
   * @throws RemoteError
   */
  diff(query: DiffQuery, context: ServiceContext<GitHubConfig>): Promise<string>;
}

export interface CommentQuery extends IssueName {
  /** Through which the App may read there. */
  readonly installationId: number;
  readonly login: string;
  /** Both in milliseconds since the epoch; both included. */
  readonly since: number;
  readonly until: number;
}

export interface DiffQuery extends IssueName {
  /** Absent where the webhook is not the App's: then only what is public can be read. */
  readonly installationId?: number;
}

/**
 * Where the service's store notes that the App was installed somewhere, taken away, or given other repositories: the time, in milliseconds
 * since the epoch. What was looked up before then may no longer hold.
 */
export const installationsStaleKey = "installations-stale";
