import type { DocumentTag } from "../../http/openapi-document.js";
import type { JsonSchema } from "../../http/route.js";
import type { ConnectorSystem } from "../../remotes/connector-system.js";

/** The resource of listeners that serve the API, and the scope of tokens that may do everything there. */
export const connectorsScope = "connectors";

/** The scope of tokens that may look, but see no params. */
export const connectorsReadScope = "connectors:read";

/** The scope of tokens that may report findings. */
export const findingsScope = "findings";

/** Whose unknown paths are refused in the API's shape. */
export const connectorsBasePath = "/api/v2";

export const connectorsTag = {
  name: "Connectors",
  description: `Programs register issue trackers with it: where they are, by which account they are asked, and how they are used. It is served on
listeners with the resource \`${connectorsScope}\`, and follows the published API of issue tracker connectors as it is known from SD Elements.

Every request needs a token, as \`Authorization: Token <token>\`: one of \`api.tokens\`, or of \`switchboard token create\`, with the scope
\`${connectorsScope}\`. One with the scope \`${connectorsReadScope}\` may list connectors and get them, without their \`params\`. Findings of
scanners (\`POST /api/v2/findings\`, which is Switchboard's own) have a scope of their own.

Every path may end in a slash. Nothing but the test and findings contacts a tracker. Addresses in figures that are not on the public internet are refused
unless \`outbound.allow\` has them; names are judged when they are asked.`,
} as const satisfies DocumentTag;

/** What the documents say of findings. */
export const findingsDescription = `Needs a token with the scope \`${findingsScope}\`, which may be limited to targets.

Each open finding has one issue at the target, which carries a label made of target, project, scanner and fingerprint. It is made once; changed
when the finding's title or text changes (what people wrote since stays); closed when the finding is fixed, and opened again when it comes back.
An issue that was moved is followed; one that was deleted, or has lost both label and title, is made again. Sending a report again does what is
left to do.

Where nobody can tell whether an issue was made, because an answer was lost or Switchboard was ended, it is looked for by its label. For a minute,
in which a tracker's search may not know it yet, the finding is told as failed, and no other issue is made. So the account has to be allowed to
set labels (on GitHub: the role Write).

Reports of one scanner about one project are worked on one after the other. What is not begun within 40 seconds is told as failed: send it again.
Rooms that are connected to the project get one card for a report that changed something.

A connector says by its params how issues are made and moved: \`jira_issue_type\`, \`jira_close_transition\`, \`jira_reopen_transition\`,
\`jira_done_statuses\`, \`issue_tracker_issue_label\`, \`github_issue_label\`. In place of a transition that the workflow does not have, the first to
a status that is done is taken (or that is not done, to reopen). A connector with \`issue_tracker_project\` takes findings of these projects
alone, and one with \`github_repo_owner\` those of that owner's.`;

/** The issue trackers that connectors may be for, and the services that can ask them. */
export const connectorSystems: readonly ConnectorSystem[] = [
  {
    id: "github",
    ...{ shortName: "GitHub", name: "GitHub", serviceId: "github" },
    authModes: ["api_token", "basic"],
    requiredParams: ["github_repo_owner"],
    ownerParam: "github_repo_owner",
    issueParams: { labels: ["issue_tracker_issue_label", "github_issue_label"] },
  },
  {
    id: "jira",
    ...{ shortName: "JIRA", name: "JIRA", serviceId: "jira" },
    authModes: ["basic", "personal_access_token", "api_token"],
    requiredParams: [],
    issueParams: {
      type: { param: "jira_issue_type", default: "Bug" },
      labels: ["issue_tracker_issue_label"],
      close: { param: "jira_close_transition", default: "Close Issue" },
      reopen: { param: "jira_reopen_transition", default: "Reopen Issue" },
      doneStatuses: { param: "jira_done_statuses", default: "Resolved,Closed" },
    },
  },
  {
    id: "rally",
    ...{ shortName: "CA Agile Central", name: "CA Agile Central (formerly Rally)", serviceId: "rally" },
    authModes: ["basic", "api_token"],
    requiredParams: ["rally_workspace"],
  },
  {
    id: "gitlab",
    ...{ shortName: "GitLab", name: "GitLab", serviceId: "gitlab" },
    authModes: ["api_token"],
    requiredParams: [],
  },
  {
    id: "tfs",
    ...{ shortName: "Azure DevOps", name: "Microsoft Azure DevOps (Team Foundation Server)", serviceId: "azure-devops" },
    authModes: ["basic"],
    requiredParams: [],
    settings: { collection: { param: "tfs_collection", default: "DefaultCollection" } },
  },
  { id: "pivotal_tracker", shortName: "Pivotal Tracker", name: "Pivotal Tracker", authModes: ["api_token"], requiredParams: [] },
  { id: "rational", shortName: "Rational", name: "IBM Rational Team Concert", authModes: ["basic"], requiredParams: [] },
  { id: "hp_alm", shortName: "HP ALM", name: "HP ALM", authModes: ["basic"], requiredParams: ["hp_alm_domain"] },
  { id: "mingle", shortName: "Mingle", name: "Mingle", authModes: ["basic"], requiredParams: [] },
  { id: "trac", shortName: "Trac", name: "Trac", authModes: ["basic"], requiredParams: [] },
];

export const nameMaxLength = 255;

const scalarSchema = { type: ["string", "number", "boolean"] } as const;

const sentParams = {
  issue_tracker_server: {
    type: "string",
    description: "Host, `host:port` or `[IPv6 address]:port`, without scheme and path.",
    examples: ["jira.example.org", "tracker.example.org:8443"],
  },
  issue_tracker_method: { enum: ["https", "http"], default: "https", description: "The scheme of the tracker's address." },
  issue_tracker_context_root: { type: "string", default: "", description: "Where the tracker begins on its server, for example `/jira`." },
  issue_tracker_auth_mode: {
    enum: ["basic", "api_token", "personal_access_token"],
    description:
      "How the tracker is told who asks; which ones there are depends on the system. Absent: `api_token` where only a token is given, else what is usual for the system.",
  },
  issue_tracker_user: { ...scalarSchema, description: "The account's name; needed with `basic`." },
  issue_tracker_pass: { ...scalarSchema, description: "The account's password; needed with `basic`." },
  issue_tracker_api_token: { ...scalarSchema, description: "The account's token; needed with the other two." },
  issue_tracker_validate_cert: { type: "boolean", default: true, description: "False takes any certificate of the tracker." },
  issue_tracker_phases: { type: "string", default: "requirements,architecture-design,development", description: "A list with commas." },
  sde_statuses_in_scope: { type: "string", default: "TODO", description: "A list with commas, of `TODO`, `DONE` and `NA`." },
  sde_min_priority: { type: ["string", "integer"], default: "7", description: "1 to 10." },
  sde_verification_filter: { type: "string", default: "", description: "A list with commas, of `none`, `partial`, `pass` and `fail`." },
  conflict_policy: { enum: ["issue_tracker", "sde", "timestamp"], default: "issue_tracker", description: "Which side is right." },
  title_format: {
    type: "string",
    default: "$task_id $title",
    description: "Has to hold `$task_id` and `$title`; may hold `$context`, `$application` and `$project`.",
  },
  github_repo_owner: { ...scalarSchema, description: "Needed for `github`." },
  rally_workspace: { ...scalarSchema, description: "Needed for `rally`." },
  tfs_collection: { type: "string", default: "DefaultCollection", description: "For `tfs`." },
  hp_alm_domain: { ...scalarSchema, description: "Needed for `hp_alm`." },
} as const;

const systemIds = connectorSystems.map(({ id }) => id);

const sentProperties = {
  name: {
    type: "string",
    minLength: 1,
    maxLength: nameMaxLength,
    description: "No two connectors have the same. Blanks around it are cut.",
  },
  system: {
    type: "object",
    description: "The kind of tracker; stays what it is.",
    required: ["id"],
    properties: { id: { enum: systemIds, description: "Its short id." } },
  },
  inaccessible: {
    type: "boolean",
    default: false,
    description: "True where the tracker cannot be reached from here: then it is not tested.",
  },
  params: {
    type: "object",
    description: "How the tracker is reached and used. Others than these are kept as they came.",
    required: ["issue_tracker_server"],
    properties: sentParams,
    additionalProperties: scalarSchema,
  },
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** A connector as a program sends it. */
export const sentConnectorSchema: JsonSchema = { type: "object", required: ["name", "system", "params"], properties: sentProperties };

/** What a program changes of a connector. */
export const patchSchema: JsonSchema = {
  type: "object",
  description:
    "What is not given stays. In `params`, keys that are given replace or add, and null removes a key; then the whole has to fit as for a new connector.",
  properties: {
    ...sentProperties,
    params: { ...sentProperties.params, required: [], additionalProperties: { type: ["string", "number", "boolean", "null"] } },
  },
};

/** A connector as programs see it. */
export const connectorSchema: JsonSchema = {
  type: "object",
  required: ["id", "name", "system", "inaccessible"],
  properties: {
    id: { type: "integer", minimum: 1, description: "Never given to another connector." },
    name: { type: "string" },
    system: {
      type: "object",
      required: ["id", "short_name", "name"],
      properties: {
        id: { enum: systemIds },
        short_name: { type: "string" },
        name: { type: "string" },
      },
    },
    inaccessible: { type: "boolean" },
    params: {
      type: "object",
      description: `As they are stored, secrets included; absent for tokens with the scope \`${connectorsReadScope}\`.`,
      additionalProperties: scalarSchema,
    },
  },
};

export const connectorListSchema: JsonSchema = {
  type: "object",
  required: ["results"],
  properties: {
    count: { type: "integer", description: "Of all connectors. This key and the next two are there with `page_size` or `page`." },
    next: { type: ["string", "null"], description: "Address of the next page." },
    previous: { type: ["string", "null"], description: "Address of the page before." },
    results: { type: "array", items: connectorSchema },
  },
};

/** Of a parameter that stands there twice one counts, as its clients expect of this API family. */
const repeatable = { type: ["string", "array"], items: { type: "string" } } as const;

export const excludeQuery: Readonly<Record<string, JsonSchema>> = {
  exclude: { ...repeatable, description: "`params` leaves the params out. Anything else is ignored." },
};

export const pageQuery: Readonly<Record<string, JsonSchema>> = {
  page_size: { ...repeatable, description: "How many a page has, 1 to 1000; 100 where only `page` is given." },
  page: { ...repeatable, description: "Which page, from 1." },
};

export const testOutcomeSchema: JsonSchema = {
  type: "object",
  required: ["success"],
  properties: {
    success: { type: "boolean" },
    error: { type: "string", description: "Why not; without secrets." },
  },
};

export const meSchema: JsonSchema = {
  type: "object",
  required: ["id", "email", "name"],
  properties: {
    id: { type: "integer", description: "Stands for the token's name." },
    email: { type: "null" },
    name: { type: "string", description: "The token's name." },
  },
};

/** The body of a refusal. */
export const refusalSchema: JsonSchema = {
  type: "object",
  description: "`detail` says why; where fields do not fit, each of them says what is wrong with it instead.",
  properties: {
    detail: { type: "string" },
    id: { type: "string", description: "With the status 500: finds the failure in the log." },
    non_field_errors: { type: "array", items: { type: "string" }, description: "What is wrong with the body as a whole." },
    name: { type: "array", items: { type: "string" } },
    inaccessible: { type: "array", items: { type: "string" } },
    system: { type: ["array", "object"] },
    params: { type: ["array", "object"], description: "By param, a list of what is wrong with it." },
  },
};
