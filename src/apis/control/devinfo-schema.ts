import type { DevinfoReport } from "../../core/ports/devinfo-reports.js";
import type { ShownProvider } from "../../devinfo/devinfo-desk.js";

/** Answer of `GET /v1/devinfo/submissions`. */
export interface SubmissionList {
  readonly submissions: readonly DevinfoReport[];
}

/** Answer of `GET /v1/devinfo/submissions/:id`. */
export type ShownSubmission = DevinfoReport;

/** Answer of `GET /v1/devinfo/providers`. */
export interface ProviderList {
  readonly providers: readonly ShownProvider[];
}

/** Body of `POST /v1/devinfo/providers/rename`. */
export interface ProviderRename {
  readonly provider: string;
  readonly name: string;
}

/** Body of `POST /v1/devinfo/providers/delete`, and answer of that and of `rename`. */
export interface NamedProvider {
  readonly provider: string;
}

const providerName = {
  type: "string",
  pattern: "^[A-Za-z0-9._-]{1,255}$",
  mistake: "A provider is called by 1 to 255 letters, digits, `.`, `-` and `_`.",
} as const;

/** Query of `GET /v1/devinfo/submissions`. */
export const submissionQuerySchema = {
  type: "object",
  additionalProperties: false,
  properties: { provider: providerName, limit: { type: "integer", minimum: 1, maximum: 200, default: 20 } },
} as const;

export const providerRenameSchema = {
  type: "object",
  required: ["provider", "name"],
  additionalProperties: false,
  properties: { provider: providerName, name: { type: "string", maxLength: 1_000 } },
} as const;

export const namedProviderSchema = {
  type: "object",
  required: ["provider"],
  additionalProperties: false,
  properties: { provider: providerName },
} as const;

const texts = { type: "array", items: { type: "string" } } as const;
const counts = { type: "object", additionalProperties: { type: "integer" } } as const;

function listOf(required: readonly string[], properties: object) {
  return { type: "array", items: { type: "object", required, properties } } as const;
}

const base = {
  id: { type: "string" },
  at: { type: "number" },
  provider: { type: "string" },
  road: { type: "string" },
} as const;
const baseRequired = ["id", "at", "provider", "road", "kind"] as const;

const part = {
  repositoryId: { type: "string" },
  type: { type: "string" },
  id: { type: "string" },
  reason: { type: "string" },
} as const;

const smartCommit = {
  commit: { type: "string" },
  issueKey: { type: "string" },
  command: { type: "string" },
  state: { type: "string" },
  outcome: { type: "string" },
} as const;

/** For the command line, as the others: what it prints, it checked. */
export const shownSubmissionSchema = {
  type: "object",
  required: baseRequired,
  properties: { kind: { enum: ["submission", "delete"] } },
  if: { properties: { kind: { const: "delete" } } },
  then: { required: ["asked"], properties: { ...base, asked: { type: "string" } } },
  else: {
    required: ["repositories", "counts", "notTaken", "notTakenCount", "unknownIssueKeys", "isBackfill"],
    properties: {
      ...base,
      repositories: { type: "object", required: ["count", "ids"], properties: { count: { type: "integer" }, ids: texts } },
      counts: { type: "object", additionalProperties: counts },
      notTaken: listOf(["repositoryId", "reason"], part),
      notTakenCount: { type: "integer" },
      unknownIssueKeys: { type: "object", required: ["count", "keys"], properties: { count: { type: "integer" }, keys: texts } },
      product: { type: "string" },
      isBackfill: { type: "boolean" },
      smartCommits: listOf(["commit", "issueKey", "command", "state", "outcome"], smartCommit),
    },
  },
} as const;

export const submissionListSchema = {
  type: "object",
  required: ["submissions"],
  properties: { submissions: { type: "array", items: shownSubmissionSchema } },
} as const;

export const providerListSchema = {
  type: "object",
  required: ["providers"],
  properties: {
    providers: listOf(["provider", "repositories", "caller"], {
      provider: { type: "string" },
      repositories: { type: "integer" },
      caller: { type: "string" },
    }),
  },
} as const;
