import type { JsonSchema } from "../../http/route.js";

/*
 * What fields of repositories and entities may hold (Development Information API 0.10, with what real clients send beyond it). They are what
 * bodies are judged by and what the documents show. Lengths count code points. Null stands for absent where a field is optional. Sequences,
 * ids and issue keys are judged by functions (read-own-fields.ts): what is wrong with them depends on more than the value.
 */

/** Fields by name; those that have to be there apart. */
export interface FieldSchemas {
  readonly fields: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

const maxInt32 = 2_147_483_647;

function text(maxLength: number, example?: string): JsonSchema {
  return { type: "string", maxLength, ...(example === undefined ? {} : { examples: [example] }) };
}

function optionalText(maxLength: number): JsonSchema {
  return { type: ["string", "null"], maxLength };
}

/** Relative ones and other schemes than http occur; nothing is ever fetched from there. */
const url: JsonSchema = { type: "string", maxLength: 2000, pattern: "\\S", examples: ["https://git.example.org/octo/hello"] };
const optionalUrl = optionalText(2000);

const time: JsonSchema = {
  type: "string",
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(?::\\d\\d(?:[.]\\d{1,9})?)?(?:Z|[+-]\\d\\d:?\\d\\d)$",
  description: "ISO 8601, with its zone.",
  examples: ["2026-01-31T12:00:00Z"],
};

const count: JsonSchema = { type: "integer", minimum: 0, maximum: maxInt32, examples: [1] };

const author: JsonSchema = {
  type: "object",
  properties: {
    name: { ...optionalText(255), examples: ["Ann Lee"] },
    email: optionalText(255),
    username: optionalText(255),
    url: optionalUrl,
    avatar: optionalUrl,
  },
};

const file: JsonSchema = {
  type: "object",
  required: ["path", "url", "changeType", "linesAdded", "linesRemoved"],
  properties: {
    path: text(1024),
    url: text(2000),
    changeType: { enum: ["ADDED", "COPIED", "DELETED", "MODIFIED", "MOVED", "UNKNOWN"] },
    linesAdded: count,
    linesRemoved: count,
  },
};

const reviewer: JsonSchema = {
  type: "object",
  properties: {
    name: optionalText(255),
    // `NEEDSWORK` is no word of the contract; clients of Bitbucket and GitLab send it.
    approvalStatus: { enum: ["APPROVED", "UNAPPROVED", "NEEDSWORK", null], description: "`UNAPPROVED` unless given." },
    url: optionalUrl,
    avatar: optionalUrl,
    email: optionalText(254),
    accountId: optionalText(128),
  },
};

export const repositorySchemas: FieldSchemas = {
  required: ["name", "url"],
  fields: {
    name: text(255, "hello"),
    url,
    description: optionalText(1024),
    forkOf: optionalText(1024),
    avatar: optionalUrl,
    avatarDescription: optionalText(1024),
  },
};

export const commitSchemas: FieldSchemas = {
  required: ["message", "author", "authorTimestamp", "displayId", "fileCount"],
  fields: {
    message: { type: "string", description: "Cut at 1024 characters.", examples: ["PLAY-1 Open the door"] },
    author,
    authorTimestamp: time,
    displayId: text(255, "c0ffee1"),
    fileCount: count,
    url: { ...url, type: ["string", "null"] },
    hash: optionalText(255),
    flags: { type: ["array", "null"], uniqueItems: true, items: { const: "MERGE_COMMIT" } },
    files: { type: ["array", "null"], maxItems: 10, items: file },
  },
};

/** `lastCommit` is judged as a commit, by itself. */
export const branchSchemas: FieldSchemas = {
  required: ["name", "url"],
  fields: { name: text(512, "feature/PLAY-1-door"), url, createPullRequestUrl: optionalUrl },
};

export const pullRequestSchemas: FieldSchemas = {
  required: ["status", "title", "author", "commentCount", "sourceBranch", "lastUpdate", "url", "displayId"],
  fields: {
    // `DRAFT` is no word of the contract, and sent by real clients.
    status: { enum: ["OPEN", "MERGED", "DECLINED", "UNKNOWN", "DRAFT"] },
    title: text(1024, "PLAY-1 Open the door"),
    author,
    commentCount: { type: "integer", minimum: -maxInt32 - 1, maximum: maxInt32, examples: [0] },
    sourceBranch: text(255, "feature/PLAY-1-door"),
    sourceBranchUrl: optionalUrl,
    destinationBranch: optionalText(255),
    destinationBranchUrl: optionalUrl,
    lastUpdate: time,
    url,
    displayId: text(255, "#7"),
    reviewers: { type: ["array", "null"], items: reviewer },
  },
};
