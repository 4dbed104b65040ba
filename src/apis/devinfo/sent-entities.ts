/*
 * Repositories and entities as bodies hold them, once their schemas (entity-schemas.ts) let them through. Null stands for absent.
 */

type Optional<T> = T | null | undefined;

export interface SentRepository {
  readonly name: string;
  readonly url: string;
  readonly description?: Optional<string>;
  readonly forkOf?: Optional<string>;
  readonly avatar?: Optional<string>;
  readonly avatarDescription?: Optional<string>;
}

export interface SentPerson {
  readonly name?: Optional<string>;
  readonly email?: Optional<string>;
  readonly username?: Optional<string>;
  readonly url?: Optional<string>;
  readonly avatar?: Optional<string>;
}

export interface SentFile {
  readonly path: string;
  readonly url: string;
  readonly changeType: string;
  readonly linesAdded: number;
  readonly linesRemoved: number;
}

export interface SentCommit {
  readonly message: string;
  readonly author: SentPerson;
  readonly authorTimestamp: string;
  readonly displayId: string;
  readonly fileCount: number;
  readonly url?: Optional<string>;
  readonly hash?: Optional<string>;
  readonly flags?: Optional<readonly string[]>;
  readonly files?: Optional<readonly SentFile[]>;
}

export interface SentBranch {
  readonly name: string;
  readonly url: string;
  readonly createPullRequestUrl?: Optional<string>;
}

export interface SentReviewer {
  readonly name?: Optional<string>;
  readonly approvalStatus?: Optional<string>;
  readonly url?: Optional<string>;
  readonly avatar?: Optional<string>;
  readonly email?: Optional<string>;
  readonly accountId?: Optional<string>;
}

export interface SentPullRequest {
  readonly status: string;
  readonly title: string;
  readonly author: SentPerson;
  readonly commentCount: number;
  readonly sourceBranch: string;
  readonly sourceBranchUrl?: Optional<string>;
  readonly destinationBranch?: Optional<string>;
  readonly destinationBranchUrl?: Optional<string>;
  readonly lastUpdate: string;
  readonly url: string;
  readonly displayId: string;
  readonly reviewers?: Optional<readonly SentReviewer[]>;
}
