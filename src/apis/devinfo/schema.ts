import type { DocumentTag } from "../../http/openapi-document.js";
import { exampleOf } from "../../http/openapi-example.js";
import type { JsonSchema } from "../../http/route.js";
import { branchSchemas, commitSchemas, pullRequestSchemas, repositorySchemas, type FieldSchemas } from "./entity-schemas.js";

/** A place at which the APIs of a site are served; each has the same operations. */
export interface ApiPlace {
  readonly devinfo: string;
  readonly builds: string;
  readonly deployments: string;
}

/** Below the API gateway, for on-premise tools. */
export const onPremiseDevinfoPath = "/jira/devinfo/0.1/cloud/:cloudId";

/** For apps at a site's own address; for on-premise tools through the API gateway; and the gateway's other form. */
export const apiPlaces: readonly ApiPlace[] = [
  { devinfo: "/rest/devinfo/0.10", builds: "/rest/builds/0.1", deployments: "/rest/deployments/0.1" },
  {
    devinfo: onPremiseDevinfoPath,
    builds: "/jira/builds/0.1/cloud/:cloudId",
    deployments: "/jira/deployments/0.1/cloud/:cloudId",
  },
  {
    devinfo: "/ex/jira/:cloudId/rest/devinfo/0.10",
    builds: "/ex/jira/:cloudId/rest/builds/0.1",
    deployments: "/ex/jira/:cloudId/rest/deployments/0.1",
  },
];

/** What of a path the gateway adds, and a signature may leave out. */
export const gatewayPrefix = /^\/ex\/jira\/[^/]+(?=\/)/i;

/** How Connect apps know the product that we stand in for (Atlassian, "Lifecycle HTTP request payload"). */
export const connectProductType = "jira";

/** Where self-managed tools look for the key of an installation, below the address that they are told to take for the vendor's own proxy. */
export const installKeysAlias = "/-/jira_connect/public_keys/";

export const devinfoTag = {
  name: "Devinfo",
  description: `Tools send commits, branches and pull requests with the issues that they name. It is served on listeners with the resource
\`devinfo\`, and follows Atlassian's published Development Information API 0.10, so that tools made for it can be used as they are.

A request comes from a Connect app, as \`Authorization: JWT <token>\` (HS256, with \`qsh\`), or from an OAuth client, as
\`Authorization: Bearer <token>\` with a token of \`POST /oauth/token\`. Apps and clients stand in the configuration (\`devinfo\`), or are made with
\`switchboard connect-app install\` and \`switchboard devinfo-client create\`. Their scopes are READ, WRITE (which includes READ) and DELETE (which
includes both). What a caller sends, reads and deletes belongs to its provider, and nobody else sees it.

The operations are the same at \`/rest/devinfo/0.10\`, at \`/jira/devinfo/0.1/cloud/{cloudId}\` and at \`/ex/jira/{cloudId}/rest/devinfo/0.10\`;
\`GET /_edge/tenant_info\` tells the cloud id. Of the builds and deployments APIs there is what tools need to go on: nothing of it is stored.

A repository or an entity is replaced where its \`updateSequenceId\` is higher than the stored one, and left alone otherwise. An answer 202 means
that everything which was accepted is stored. Refusals are \`{"errorMessages": [{"message": ...}]}\`.`,
} as const satisfies DocumentTag;

const errorSchema = {
  type: "object",
  required: ["message"],
  properties: { message: { type: "string" }, errorTraceId: { type: "string", description: "Finds the failure in the log." } },
} as const;

export const errorMessagesSchema = {
  type: "object",
  required: ["errorMessages"],
  properties: { errorMessages: { type: "array", items: errorSchema } },
} as const satisfies JsonSchema;

/** JSON Schema knows no integers of 64 bits; none of their digits is lost. */
const sequenceSchema = { type: "integer", description: "64 bits.", examples: [1769860800000] } as const;

const ownSchemas = {
  id: { type: "string", description: "1 to 1024 letters, digits and `~ . - _`.", examples: ["c0ffee"] },
  issueKeys: { type: "array", items: { type: "string", examples: ["PLAY-1"] }, description: "1 to 500." },
  updateSequenceId: sequenceSchema,
} as const;

const associationsSchema = {
  type: "array",
  description: "A newer form of `issueKeys`, which may stand in their place.",
  items: {
    type: "object",
    required: ["associationType", "values"],
    properties: { associationType: { type: "string", examples: ["issueIdOrKeys"] }, values: { type: "array", items: { type: "string" } } },
  },
} as const;

/** With what has to be there, and nothing else. */
function exampleOfRequired({ fields, required }: FieldSchemas): object {
  const schema = { type: "object", required: ["id", "updateSequenceId", ...required], properties: { ...ownSchemas, ...fields } };
  return { ...(exampleOf(schema) as object) }; // Every one of these schemas has an example.
}

function entitySchema({ fields, required }: FieldSchemas, more: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  return {
    type: "object",
    required: ["id", "issueKeys", "updateSequenceId", ...required, ...Object.keys(more)],
    properties: { ...ownSchemas, associations: associationsSchema, ...fields, ...more },
  };
}

const commitSchema = entitySchema(commitSchemas);

/** A repository with its entities. @param isWhole whether the lists are always there */
function repositorySchema(isWhole: boolean): JsonSchema {
  const type = isWhole ? "array" : ["array", "null"];
  const lists = {
    commits: { type, items: commitSchema },
    branches: { type, items: entitySchema(branchSchemas, { lastCommit: commitSchema }) },
    pullRequests: { type, items: entitySchema(pullRequestSchemas) },
  };
  return {
    type: "object",
    required: ["id", ...repositorySchemas.required, "updateSequenceId", ...(isWhole ? Object.keys(lists) : [])],
    properties: { id: ownSchemas.id, ...repositorySchemas.fields, updateSequenceId: sequenceSchema, ...lists },
  };
}

/** Where the documents show the same in full elsewhere. */
export const elsewhereSchema = { type: "object", description: "As at `/rest/devinfo/0.10`." } as const satisfies JsonSchema;

export const storedRepositorySchema = repositorySchema(true);

export const submissionSchema: JsonSchema = {
  type: "object",
  required: ["repositories"],
  examples: [
    {
      repositories: [
        { ...exampleOfRequired(repositorySchemas), commits: [{ issueKeys: ["PLAY-1"], ...exampleOfRequired(commitSchemas) }] },
      ],
    },
  ],
  properties: {
    repositories: {
      type: "array",
      description: "1 to 100, with at most 1000 entities together.",
      items: repositorySchema(false),
    },
    preventTransitions: { type: "boolean", default: false, description: "True: smart commits are passed over." },
    operationType: { enum: ["NORMAL", "BACKFILL"], default: "NORMAL", description: "`BACKFILL`: rooms hear nothing of it." },
    properties: {
      type: "object",
      description: "Tags of the repositories: at most 5, of up to 255 characters; names without `:` and `_` in front. Never returned.",
    },
    providerMetadata: { type: "object", properties: { product: { type: "string" } } },
  },
};

const errorsSchema = { type: "array", items: errorSchema } as const;
const idsSchema = { type: "array", items: { type: "string" } } as const;
const failedEntitiesSchema = {
  type: "array",
  items: { type: "object", required: ["id", "errorMessages"], properties: { id: { type: "string" }, errorMessages: errorsSchema } },
} as const;

export const submissionResultSchema: JsonSchema = {
  type: "object",
  required: ["acceptedDevinfoEntities", "failedDevinfoEntities", "unknownIssueKeys"],
  properties: {
    acceptedDevinfoEntities: {
      type: "object",
      description: "Ids by repository, those included that are stored already.",
      additionalProperties: {
        type: "object",
        required: ["commits", "branches", "pullRequests"],
        properties: { commits: idsSchema, branches: idsSchema, pullRequests: idsSchema },
      },
    },
    failedDevinfoEntities: {
      type: "object",
      description: "What was refused, by repository; what has no usable id is called by its position.",
      additionalProperties: {
        type: "object",
        properties: {
          errorMessages: errorsSchema,
          commits: failedEntitiesSchema,
          branches: failedEntitiesSchema,
          pullRequests: failedEntitiesSchema,
        },
      },
    },
    unknownIssueKeys: { type: "array", items: { type: "string" }, description: "Told for information: nothing is dropped for it." },
    unknownAssociations: {
      ...associationsSchema,
      description: "Values of associations that are no issue's key; absent where there are none.",
    },
  },
};

export const sequenceQuery = {
  _updateSequenceId: {
    type: "string",
    description: "An integer of 64 bits: only what has a sequence not above it.",
    examples: ["1769860800000"],
  },
} as const;

export const repositoryParams = { repositoryId: { type: "string", examples: ["hello"] } } as const;

export const entityParams = {
  ...repositoryParams,
  entityType: { type: "string", description: "`commit`, `branch` or `pull_request`.", examples: ["commit"] },
  entityId: { type: "string", examples: ["c0ffee"] },
} as const;

export const existenceSchema = {
  type: "object",
  required: ["hasDataMatchingProperties"],
  properties: { hasDataMatchingProperties: { type: "boolean" } },
} as const;

export const tenantSchema = { type: "object", required: ["cloudId"], properties: { cloudId: { type: "string" } } } as const;

export const statusSchema = { type: "object", required: ["state"], properties: { state: { const: "RUNNING" } } } as const;
