import type { DocumentTag } from "../../http/openapi-document.js";
import type { JsonSchema } from "../../http/route.js";
import { usualGitSettings } from "../../remotes/git-integration.js";
import type { GitIntegrationType } from "../../remotes/git-integration-type.js";

/** The resource of listeners that serve the API, and the scope of tokens that may do everything. */
export const gitIntegrationsScope = "git-integrations";
/** The scope of tokens that may list repositories. */
export const gitIntegrationsReadScope = "git-integrations:read";

/** Whose unknown paths are refused in the API's shape. */
export const gitIntegrationsBasePath = "/rest/gitplugin";

export const integrationsPath = "/rest/gitplugin/1.0/integration";
export const integrationPath = "/rest/gitplugin/1.0/integration/:id";
export const disablePath = "/rest/gitplugin/1.0/repository/:id/disable";
export const repositoriesPath = "/rest/gitplugin/1.0/repository";
export const reindexPath = "/rest/gitplugin/2.0/reindex";
export const progressPath = "/rest/gitplugin/1.0/index.json";

export const gitIntegrationsTag = {
  name: "Git-Integrations",
  description: `Administrators register git hosts with it, whose repositories are read for commits, branches and pull requests that name issues. It
is served on listeners with the resource \`${gitIntegrationsScope}\`, and follows the published API of Git Integration for Jira
("Integrations API", self-managed), so that its scripts can be used as they are.

Every request needs name and password of an administrator of \`api.admins\` (HTTP Basic), or a token of \`api.tokens\` or of
\`switchboard token create\` with the scope \`${gitIntegrationsScope}\`, as \`Authorization: Bearer <token>\`. A token with the scope
\`${gitIntegrationsReadScope}\` may list repositories.

Nothing is asked of a host before the answer: its repositories are listed and read behind it. Addresses in figures that are not on the public
internet are refused unless \`outbound.allow\` has them; names are judged when they are asked. Folders (\`FILESPACE\`) are read below
\`repositories.trackedFolders\` only. No answer has a user name, password or token in it.

Every path may end in a slash, or in \`.json\`. Bodies have to be \`application/json\`.`,
} as const satisfies DocumentTag;

/** The kinds of git hosts that integrations may be for, and the services that speak to them. */
export const gitIntegrationTypes: readonly GitIntegrationType[] = [
  {
    ...{ id: "GITHUB", serviceId: "github" },
    ...{ usualOrigin: () => "https://api.github.com", usualName: "https://github.com/*", namedAfter: "everything below" },
    accounts: ["pat", "password"],
  },
  { id: "GITHUB_SERVER", serviceId: "github", namedAfter: "everything below", accounts: ["pat", "password"] },
  {
    ...{ id: "GITLAB", serviceId: "gitlab" },
    ...{ usualOrigin: () => "https://gitlab.com", usualName: "https://gitlab.com/*", namedAfter: "everything below" },
    accounts: ["pat"],
  },
  { id: "GITLAB_SERVER", serviceId: "gitlab", namedAfter: "everything below", accounts: ["pat"] },
  { id: "GITLAB_SERVER_LEGACY", serviceId: "gitlab", deployment: "legacy", namedAfter: "everything below", accounts: ["password"] },
  {
    ...{ id: "AWS", serviceId: "aws-codecommit" },
    ...{ usualOrigin: ({ awsRegion = "" }) => `https://git-codecommit.${awsRegion}.amazonaws.com`, namedAfter: "origin" },
    ...{ accounts: ["password"], required: ["awsRegion"], settings: { region: "awsRegion" } },
  },
  {
    ...{ id: "AZURE", serviceId: "azure-devops", usualOrigin: () => "https://dev.azure.com", namedAfter: "origin" },
    ...{ accounts: ["pat"], settings: { collection: "tfsCollection" } },
  },
  {
    ...{ id: "VSTS", serviceId: "azure-devops", usualOrigin: () => "https://app.vssps.visualstudio.com", namedAfter: "origin" },
    ...{ accounts: ["pat"], settings: { collection: "tfsCollection" } },
  },
  {
    ...{ id: "TFS_SERVER", serviceId: "azure-devops", namedAfter: "everything below" },
    ...{ accounts: ["password", "pat for all"], settings: { collection: "tfsCollection" } },
  },
  {
    ...{ id: "AZURE_DEVOPS", serviceId: "azure-devops", namedAfter: "everything below" },
    ...{ accounts: ["password", "pat"], settings: { collection: "tfsCollection" } },
  },
  {
    ...{ id: "FILESPACE", serviceId: "git-folder", isFolder: true, namedAfter: "origin", accounts: [] },
    ...{ defaults: { folderDepth: 1 }, settings: { folderDepth: "folderDepth" } },
  },
  { id: "GERRIT", serviceId: "gerrit", namedAfter: "everything below", accounts: ["password"] },
];

const awsRegions: readonly string[] = [
  ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-south-1", "ap-south-2", "ap-northeast-1"],
  ...["ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ca-central-1", "eu-central-1"],
  ...["eu-central-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-south-1", "eu-south-2", "eu-north-1", "me-central-1", "me-south-1"],
  "sa-east-1",
];

/** How a caller that is not known may log in: what the header `WWW-Authenticate` says. */
export const wayIn = 'Basic realm="jira"';

/** What the API says; scripts show it to people. */
export const texts = {
  noIntegerId: "The id in the path has to be a whole number.",
  unknownThread: "There is no index run with that threadId.",
  noObject: "The body has to be a JSON object.",
  displayName: "displayName has to be text of 1 to 255 characters.",
} as const;

/** The longest name, in characters. */
export const displayNameMaxLength = 255;

function flag(name: string, description: string): JsonSchema {
  return { type: "boolean", description, mistake: `${name} has to be true or false.` };
}

function text(name: string, description: string, more: JsonSchema = {}): JsonSchema {
  return { type: "string", description, mistake: `${name} has to be text.`, ...more };
}

/** Settings, in the order in which the reference of the API has them. */
const settingSchemas = {
  awsRegion: {
    type: "string",
    enum: awsRegions,
    description: "Needed for `AWS`.",
    mistake: "awsRegion has to be one of the regions of AWS that the documents of this API list, such as us-east-1.",
  },
  disabled: flag("disabled", "True: nothing is read."),
  disableSslVerification: flag("disableSslVerification", "True takes any certificate of the host."),
  sendCommitEmails: flag("sendCommitEmails", "Stored; Switchboard sends no e-mails."),
  maxMinsToCommitEmail: {
    type: "integer",
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "Stored; Switchboard sends no e-mails.",
    mistake: "maxMinsToCommitEmail has to be a whole number from 0 on.",
  },
  gitViewerEnabled: flag("gitViewerEnabled", "Stored, without effect."),
  smartCommitsEnabled: flag(
    "smartCommitsEnabled",
    "Whether commands in its commits are carried out, as far as `devinfo.smartCommits` lets any be.",
  ),
  requireUserPat: flag("requireUserPat", "Stored, without effect."),
  global: flag("global", "True: it serves every project, and `projectMappingIds` is emptied."),
  projectMappingIds: {
    type: "array",
    items: {
      type: "integer",
      minimum: -Number.MAX_SAFE_INTEGER,
      maximum: Number.MAX_SAFE_INTEGER,
      mistake: "projectMappingIds has to be a list of whole numbers.",
    },
    description: "Numeric ids of the projects that it serves where it is not global.",
    mistake: "projectMappingIds has to be a list of whole numbers.",
  },
  sourcesDiffViewEnabled: flag("sourcesDiffViewEnabled", "Stored, without effect."),
  revisionIndexing: flag("revisionIndexing", "Stored, without effect."),
  tagsFilter: text("tagsFilter", "A regular expression: tags that match it count."),
  prHideFilter: text("prHideFilter", "A regular expression: pull requests whose titles match it are passed over."),
  trustFolderStat: flag("trustFolderStat", "Stored, without effect."),
  refSpecNotes: flag("refSpecNotes", "Stored, without effect."),
  refSpecChanges: flag("refSpecChanges", "Stored, without effect."),
  refSpecCustom: text("refSpecCustom", "A list with commas of `[+]refs/x/*:refs/x/*`. Stored, without effect."),
  apiPath: {
    type: "string",
    pattern: "^(?:/[^\\s\\p{Cc}?#\\\\]*)?$",
    description: "Where the host's API begins below `origin`, if not where it usually does.",
    mistake: "apiPath has to be a path that begins with a slash, without blanks, query and fragment.",
  },
  apiFilter: text("apiFilter", "A JMESPath expression. Stored, without effect."),
  tfsCollection: text("tfsCollection", "The collection or organization of a Microsoft host."),
  folderDepth: {
    type: "integer",
    minimum: 1,
    maximum: 5,
    description: "For `FILESPACE`: how many folders down repositories may lie. 1 unless given.",
    mistake: "folderDepth has to be a whole number from 1 to 5.",
  },
} as const satisfies Readonly<Record<string, JsonSchema>>;

export const settingNames = Object.keys(settingSchemas) as readonly (keyof typeof settingSchemas)[];

const typeSchema = {
  type: "string",
  enum: gitIntegrationTypes.map(({ id }) => id),
  mistake: `type has to be one of ${gitIntegrationTypes.map(({ id }) => id).join(", ")}.`,
} as const;

const displayNameSchema = text("displayName", "Blanks around it are cut. Made of the origin unless given.", {
  examples: ["https://git.example.org/*"],
});

const originSchema = text(
  "origin",
  "Where the host is: http or https, without user name, query and fragment. For `FILESPACE` an absolute path, for example `/repos/*`. Kept as it is sent. Only `GITHUB`, `GITLAB`, `AWS`, `AZURE` and `VSTS` do without.",
  { examples: ["https://git.example.org"] },
);

function secrets(pattern: string, ending: string): Readonly<Record<string, JsonSchema>> {
  const secret = (name: string, description: string): JsonSchema => ({
    ...{
      type: "string",
      pattern,
      description: `${description}${ending} Never shown.`,
      mistake: `${name} has to be text that is not blank.`,
    },
  });
  return {
    username: secret("username", "The account's name; with `AWS` an access key id."),
    password: secret("password", "The account's password; with `AWS` a secret access key."),
    pat: secret("pat", "A personal access token; goes before the password where the type takes either."),
  };
}

/** A new integration. */
export const newIntegrationSchema: JsonSchema = {
  type: "object",
  mistake: texts.noObject,
  required: ["type"],
  properties: {
    type: { ...typeSchema, description: "The kind of git host; stays what it is." },
    displayName: displayNameSchema,
    origin: originSchema,
    ...secrets("\\S", ""),
    ...Object.fromEntries(settingNames.map((name) => [name, withDefault(name)])),
  },
};

/** Of `global` the default depends on `projectMappingIds`. */
function withDefault(name: (typeof settingNames)[number]): JsonSchema {
  const usual = Object.entries(usualGitSettings).find(([setting]) => setting === name && setting !== "global");
  return usual === undefined ? settingSchemas[name] : { ...settingSchemas[name], default: usual[1] };
}

/** A change of an integration. */
export const changeSchema: JsonSchema = {
  type: "object",
  description:
    "What is not sent stays as it is; an empty text takes away what was there. Another scheme, host or port of `origin`, or another `apiPath`, needs `pat` or `password` in the same request.",
  mistake: texts.noObject,
  properties: {
    type: { ...typeSchema, description: "Stays what it is." },
    displayName: displayNameSchema,
    origin: originSchema,
    ...secrets("^$|\\S", " An empty text removes it, if the type can do without."),
    ...settingSchemas,
    awsRegion: { ...settingSchemas.awsRegion, enum: [...awsRegions, ""] },
  },
};

export const idParams = { id: { type: "string", description: "The integration's `id`, in decimal figures." } } as const;

export const eitherIdParams = {
  id: { type: "string", description: "The `id` of an integration or of a repository, in decimal figures." },
} as const;

export const deleteQuery = {
  type: "object",
  properties: {
    deleteFiles: {
      type: "boolean",
      default: false,
      description: "Without effect: no repository is cloned.",
      mistake: "deleteFiles has to be true or false.",
    },
  },
} as const satisfies JsonSchema;

export const disableQuery = {
  type: "object",
  required: ["disable"],
  properties: {
    disable: { type: "boolean", description: "False enables it.", mistake: "disable has to be true or false." },
  },
} as const satisfies JsonSchema;

export const repositoriesQuery = {
  type: "object",
  properties: {
    projectKey: {
      type: "string",
      minLength: 1,
      description:
        "Only repositories of global integrations, and those in which issues of that project are named. All of them unless given.",
      mistake: "projectKey has to be the key of a project, and once.",
    },
    all: { type: ["string", "array"], items: { type: "string" }, description: "Asks for all of them, as leaving `projectKey` out does." },
  },
} as const satisfies JsonSchema;

export const reindexSchema: JsonSchema = {
  type: "object",
  mistake: texts.noObject,
  properties: {
    repoId: {
      type: "integer",
      description: "The id of a repository, or of an integration for all of its repositories. Everything unless given.",
      mistake: "repoId has to be a whole number.",
    },
    priority: {
      type: "integer",
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 24,
      description: "The lower, the sooner.",
      mistake: "priority has to be a whole number from 1 on.",
    },
    full: {
      type: "boolean",
      default: false,
      description: "True reads from the beginning. Only this server knows it.",
      mistake: "full has to be true or false.",
    },
  },
};

export const progressQuery = {
  type: "object",
  properties: {
    threadId: {
      type: "string",
      minLength: 1,
      description: "As the answer to a reindex has it. The newest run unless given.",
      mistake: "threadId has to be the id of an index run, and once.",
    },
    repoId: {
      type: "integer",
      description: "The id of a repository or of an integration.",
      mistake: "repoId has to be a whole number, and once.",
    },
  },
} as const satisfies JsonSchema;

const success = { type: "boolean", const: true } as const;
const epochMs = (description: string): JsonSchema => ({ type: "integer", description: `${description} Milliseconds since the epoch.` });

/** Settings as answers have them. */
function shown(...names: readonly (typeof settingNames)[number][]): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(names.map((name) => [name, { type: settingSchemas[name].type }]));
}

/** An integration as programs see it. Its members come in this order; those that are not required are left out where they are not set. */
export const integrationSchema: JsonSchema = {
  type: "object",
  required: ["id", "displayName", "origin", "initDate", ...Object.keys(usualGitSettings), "integrationType", "showAllTags"],
  properties: {
    id: { type: "integer", minimum: 1, description: "Never given to another integration or repository." },
    displayName: { type: "string" },
    origin: { type: "string", description: "As it was sent." },
    ...shown("disabled", "sendCommitEmails", "maxMinsToCommitEmail", "global"),
    initDate: epochMs("When it was registered."),
    lastIndexedDate: epochMs("When one of its repositories was last read to the end; absent until then."),
    ...shown("revisionIndexing", "gitViewerEnabled", "disableSslVerification", "smartCommitsEnabled", "tagsFilter", "prHideFilter"),
    ...shown("requireUserPat"),
    projectMappingIds: { type: "array", items: { type: "integer" } },
    integrationType: { type: "string", enum: typeSchema.enum, description: "What requests call `type`." },
    showAllTags: { type: "boolean", description: "True while there is no `tagsFilter`." },
    ...shown("sourcesDiffViewEnabled", "refSpecNotes", "refSpecChanges", "trustFolderStat"),
    ...shown("apiPath", "apiFilter", "tfsCollection", "awsRegion", "folderDepth", "refSpecCustom"),
  },
};

function successWith(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", required: ["success", ...Object.keys(properties)], properties: { success, ...properties } };
}

export const successSchema = successWith({});
export const oneSchema = successWith({ integration: integrationSchema });
export const oneInListSchema = successWith({ integration: { type: "array", items: integrationSchema } });
export const manySchema = successWith({ integrations: { type: "array", items: integrationSchema } });

const count = { type: "integer", minimum: 0 } as const;

const repositorySchema: JsonSchema = {
  type: "object",
  required: [
    ...["id", "integrationId", "name", "displayName", "root", "origin", "disabled", "global", "projectMappingIds", "indexing"],
    ...["commits", "branches", "tags", "pullRequests"],
  ],
  properties: {
    id: { type: "integer", minimum: 1, description: "Never given to another repository or integration." },
    integrationId: { type: "integer", minimum: 1 },
    name: { type: "string" },
    displayName: { type: "string", description: "Of its integration." },
    root: { type: "string", description: "Clone URL or path." },
    origin: { type: "string", description: "Of its integration." },
    disabled: { type: "boolean" },
    global: { type: "boolean" },
    projectMappingIds: { type: "array", items: { type: "integer" } },
    lastIndexedDate: epochMs("When it was last read to the end; absent until then."),
    indexing: { type: "boolean", description: "True while it is being read." },
    commits: count,
    branches: count,
    tags: count,
    pullRequests: count,
    lastError: { type: "string", description: "Why it could not be read last; without secrets." },
  },
};

export const repositoriesSchema = successWith({ repositories: { type: "array", items: repositorySchema } });

export const reindexAnswerSchema = successWith({ finished: { type: "boolean" }, threadId: { type: "string" } });

export const progressSchema = successWith({
  finished: { type: "boolean" },
  threadId: { type: "string" },
  messages: { type: "object", additionalProperties: { type: "number" }, description: "Percent, by `Indexing <repository>`." },
  errors: { type: "object", additionalProperties: { type: "string" }, description: "What went wrong, by repository; without secrets." },
  lastOperationPercent: { type: "number" },
});

/** The body of a refusal. */
export const refusalSchema: JsonSchema = {
  type: "object",
  required: ["success", "error", "advice"],
  properties: {
    success: { type: "boolean", const: false },
    error: { type: "string", description: "What is wrong." },
    advice: { type: "string", description: "What to do." },
    id: { type: "string", description: "With the status 500: finds the failure in the log." },
  },
};
