import type { DevinfoEntityType, DevinfoEntry } from "../../core/devinfo.js";
import type { RefusedDevinfo } from "../../core/ports/devinfo.js";
import { stringify } from "./body-json.js";
import { branchSchemas, commitSchemas, pullRequestSchemas } from "./entity-schemas.js";
import { FieldCheck } from "./field-check.js";
import { readIssuesOfLastCommit, readNamedIssues, type NamedIssueLedger } from "./named-issues.js";
import { explainId, readId, readSequence } from "./own-fields.js";
import { isObject, member, type SentObject } from "./sent-object.js";
import type { SentBranch, SentCommit, SentPullRequest } from "./sent-entities.js";
import { shapeBranch, shapeCommit, shapePullRequest, type OwnFields } from "./write-entity.js";

/** A kind of entity, by the words of the contract. */
export interface EntityKind {
  readonly type: DevinfoEntityType;
  /** The repository's member that lists them. */
  readonly list: "commits" | "branches" | "pullRequests";
  /** What codes of problems begin with. */
  readonly place: string;
  readonly takesNumberIds: boolean;
  /** @param problems what is wrong is added there. @returns undefined where something is */
  readonly shape: (sent: SentObject, own: OwnFields, problems: string[]) => ShapedEntity | undefined;
}

interface ShapedEntity {
  readonly entity: object;
  /** Milliseconds since the epoch. */
  readonly happenedAt: number;
}

/** What one body's entities have in common. */
export interface Reading {
  /** Whether sequences may be bigints. */
  readonly isExact: boolean;
  readonly ledger: NamedIssueLedger;
}

type Refused = Pick<RefusedDevinfo, "type" | "issueKeys" | "messages"> & { readonly id: string };

/** What became of an entity. */
export type Judgement = { readonly entry: DevinfoEntry } | { readonly refused: Refused };

const commitCheck = new FieldCheck<SentCommit>(commitSchemas);
const branchCheck = new FieldCheck<SentBranch>(branchSchemas);
const pullRequestCheck = new FieldCheck<SentPullRequest>(pullRequestSchemas);

export const entityKinds: readonly EntityKind[] = [
  {
    type: "commit",
    list: "commits",
    place: "devInformation.repository.commit",
    takesNumberIds: false,
    shape: (sent, own, problems) => shapeCheckedCommit(sent, own, "devInformation.repository.commit", problems),
  },
  { type: "branch", list: "branches", place: "devInformation.repository.branch", takesNumberIds: false, shape: shapeCheckedBranch },
  {
    type: "pull_request",
    list: "pullRequests",
    place: "devInformation.repository.pullRequest",
    takesNumberIds: true,
    shape: shapeCheckedPullRequest,
  },
];

/** @param position among its kind in the repository, which names it where its id cannot */
export function judgeEntity(kind: EntityKind, sent: unknown, position: number, reading: Reading): Judgement {
  const { type, place } = kind;
  if (!isObject(sent)) return refuse(type, namePosition(kind, position), [], [`${place}.invalid: It is no object.`]);
  const problems: string[] = [];
  const id = readId(sent, kind.takesNumberIds);
  if (id === undefined) problems.push(explainId(sent, place));
  const issues = readNamedIssues(sent, reading.ledger, place, problems);
  const sequence = readSequence(sent, place, problems);
  const own: OwnFields = { id: id ?? "", sequence, issueKeys: issues.issueKeys, associations: issues.associations };
  const shaped = kind.shape(sent, own, problems);
  if (id === undefined || shaped === undefined || problems.length > 0) {
    return refuse(type, id ?? namePosition(kind, position), issues.issueKeys, problems);
  }
  const { entity, happenedAt } = shaped;
  const json = stringify(entity, reading.isExact);
  return { entry: { type, id, issueKeys: issues.issueKeys, updateSequenceId: BigInt(sequence), happenedAt, json } };
}

export function refuse(type: DevinfoEntityType, id: string, issueKeys: readonly string[], messages: readonly string[]): Judgement {
  return { refused: { type, id, issueKeys, messages } };
}

function namePosition({ list }: EntityKind, position: number): string {
  return `${list}[${position}]`;
}

function shapeCheckedCommit(sent: SentObject, own: OwnFields, place: string, problems: string[]): ShapedEntity | undefined {
  const commit = commitCheck.read(sent);
  if (commit === undefined) {
    problems.push(...commitCheck.explain(sent, place));
    return undefined;
  }
  const happenedAt = readTime(commit.authorTimestamp, `${place}.authorTimestamp`, problems);
  return { entity: shapeCommit(own, commit), happenedAt };
}

function shapeCheckedBranch(sent: SentObject, own: OwnFields, problems: string[]): ShapedEntity | undefined {
  const place = "devInformation.repository.branch";
  const branch = branchCheck.read(sent);
  if (branch === undefined) problems.push(...branchCheck.explain(sent, place));
  const lastCommit = judgeLastCommit(member(sent, "lastCommit"), `${place}.lastCommit`, problems);
  if (branch === undefined || lastCommit === undefined) return undefined;
  return { entity: shapeBranch(own, branch, lastCommit.entity), happenedAt: lastCommit.happenedAt };
}

/** It is part of its branch: no commit of its own, and found by none of its keys. */
function judgeLastCommit(sent: unknown, place: string, problems: string[]): ShapedEntity | undefined {
  if (!isObject(sent)) {
    problems.push(sent === undefined ? `${place}.required: lastCommit is missing.` : `${place}.invalid: lastCommit has to be a commit.`);
    return undefined;
  }
  const id = readId(sent, false);
  if (id === undefined) problems.push(explainId(sent, place));
  const { issueKeys, associations } = readIssuesOfLastCommit(sent, place, problems);
  const sequence = readSequence(sent, place, problems);
  return shapeCheckedCommit(sent, { id: id ?? "", sequence, issueKeys, associations }, place, problems);
}

function shapeCheckedPullRequest(sent: SentObject, own: OwnFields, problems: string[]): ShapedEntity | undefined {
  const place = "devInformation.repository.pullRequest";
  const pull = pullRequestCheck.read(sent);
  if (pull === undefined) {
    problems.push(...pullRequestCheck.explain(sent, place));
    return undefined;
  }
  const happenedAt = readTime(pull.lastUpdate, `${place}.lastUpdate`, problems);
  return { entity: shapePullRequest(own, pull), happenedAt };
}

/** Its schema knows the form alone, and no calendar. @returns milliseconds since the epoch, 0 for what is before it */
function readTime(text: string, place: string, problems: string[]): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) problems.push(`${place}.invalid: There is no such time.`);
  return Math.max(time, 0);
}
