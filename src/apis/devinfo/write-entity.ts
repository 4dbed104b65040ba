import { cutText } from "./cut-text.js";
import type { SentBranch, SentCommit, SentFile, SentPerson, SentPullRequest, SentRepository, SentReviewer } from "./sent-entities.js";

/*
 * Repositories and entities as they are stored and answered: what the contract names and nothing else, without nulls. `JSON.stringify` leaves
 * out what is undefined.
 */

const longestMessage = 1024;

/** What of an entity is judged beside its schema. */
export interface OwnFields {
  readonly id: string;
  /** An int64; a bigint where a number would not be exact. */
  readonly sequence: number | bigint;
  readonly issueKeys: readonly string[];
  readonly associations: readonly Association[] | undefined;
}

/** The newer form of issue keys. */
export interface Association {
  readonly associationType: string;
  readonly values: readonly string[];
}

export function shapeRepository(id: string, sent: SentRepository): object {
  return {
    id,
    name: sent.name,
    description: sent.description ?? undefined,
    forkOf: sent.forkOf ?? undefined,
    url: sent.url,
    avatar: sent.avatar ?? undefined,
    avatarDescription: sent.avatarDescription ?? undefined,
  };
}

export function shapeCommit(own: OwnFields, sent: SentCommit): object {
  return {
    id: own.id,
    issueKeys: own.issueKeys,
    associations: own.associations,
    updateSequenceId: own.sequence,
    hash: sent.hash ?? undefined,
    flags: unlessEmpty(sent.flags),
    message: cutText(sent.message, longestMessage),
    author: shapePerson(sent.author),
    fileCount: sent.fileCount,
    url: sent.url ?? undefined,
    files: unlessEmpty(sent.files)?.map(shapeFile),
    authorTimestamp: sent.authorTimestamp,
    displayId: sent.displayId,
  };
}

/** @param lastCommit as `shapeCommit` gave it */
export function shapeBranch(own: OwnFields, sent: SentBranch, lastCommit: object): object {
  return {
    id: own.id,
    issueKeys: own.issueKeys,
    associations: own.associations,
    updateSequenceId: own.sequence,
    name: sent.name,
    lastCommit,
    createPullRequestUrl: sent.createPullRequestUrl ?? undefined,
    url: sent.url,
  };
}

export function shapePullRequest(own: OwnFields, sent: SentPullRequest): object {
  return {
    id: own.id,
    issueKeys: own.issueKeys,
    associations: own.associations,
    updateSequenceId: own.sequence,
    status: sent.status,
    title: sent.title,
    author: shapePerson(sent.author),
    commentCount: sent.commentCount,
    sourceBranch: sent.sourceBranch,
    sourceBranchUrl: sent.sourceBranchUrl ?? undefined,
    lastUpdate: sent.lastUpdate,
    destinationBranch: sent.destinationBranch ?? undefined,
    destinationBranchUrl: sent.destinationBranchUrl ?? undefined,
    reviewers: unlessEmpty(sent.reviewers)?.map(shapeReviewer),
    url: sent.url,
    displayId: sent.displayId,
  };
}

function shapePerson(sent: SentPerson): object {
  return {
    name: sent.name ?? undefined,
    email: sent.email ?? undefined,
    username: sent.username ?? undefined,
    url: sent.url ?? undefined,
    avatar: sent.avatar ?? undefined,
  };
}

function shapeFile(sent: SentFile): object {
  return {
    path: sent.path,
    url: sent.url,
    changeType: sent.changeType,
    linesAdded: sent.linesAdded,
    linesRemoved: sent.linesRemoved,
  };
}

function shapeReviewer(sent: SentReviewer): object {
  return {
    name: sent.name ?? undefined,
    approvalStatus: sent.approvalStatus ?? "UNAPPROVED",
    url: sent.url ?? undefined,
    avatar: sent.avatar ?? undefined,
    email: sent.email ?? undefined,
    accountId: sent.accountId ?? undefined,
  };
}

function unlessEmpty<T>(list: readonly T[] | null | undefined): readonly T[] | undefined {
  return list === null || list === undefined || list.length === 0 ? undefined : list;
}
