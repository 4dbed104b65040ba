import type { DocumentTag } from "../../http/openapi-document.js";
import type { JsonSchema } from "../../http/route.js";

/** The resource of listeners that serve the API, and the scope that its tokens need. */
export const ticketingScope = "xray-ticketing";

/** The service that speaks to the trackers which are registered here. */
export const ticketingServiceId = "jira";

/** Whose unknown paths are refused in the API's shape. */
export const ticketingBasePath = "/xray";

export const integrationsPath = "/xray/api/v1/ticketing/jira-integrations";
export const integrationPath = "/xray/api/v1/ticketing/jira-integrations/:name";
export const detailsPath = "/xray/api/v1/ticketing/jira-integrations/:name/details";
export const statusPath = "/xray/api/v1/ticketing/integrations/status/check";

export const ticketingTag = {
  name: "Ticketing",
  description: `Scanners, and those who set them up, register with it the Jiras in which tickets are made. It is served on listeners with the
resource \`${ticketingScope}\`, and follows the published API of JFrog Xray ("Jira Integration V1"), so that its clients can be used as they are.

Every request needs name and password of an administrator of \`api.admins\` (HTTP Basic), or a token of \`api.tokens\` or of
\`switchboard token create\` with the scope \`${ticketingScope}\`, as \`Authorization: Bearer <token>\`.

A Jira is asked before anything is stored: whether it takes the account, and whether that may create issues anywhere.
\`ticketing.verifyConnection: false\` switches that off. Targets that are not on the public internet are refused unless \`outbound.allow\` has
them. No answer has a password in it.

Names are compared exactly. In paths they are percent-encoded once. Every path may end in a slash.`,
} as const satisfies DocumentTag;

/** What the API says; its clients show it to people. */
export const texts = {
  created: "Integration has been successfully created",
  updated: "Integration has been successfully updated",
  deleted: "Integration has been successfully deleted",
  unknown: "Integration not found",
  nothingToChange: "No integration found with the given connection name",
  notConnected:
    "We were not able to connect to your Jira based on the credentials you provided, please check all the values and try again.",
  passwordNeeded: "password is required where jira_server_url gets another scheme, host or port.",
  otherName: "connection_name is not the name in the path: an integration cannot be renamed.",
  healthy: "Integration is healthy and operational.",
  unverified: "Integration is stored; whether Jira can be reached is not verified here.",
  notAsked: "integrationName is required.",
} as const;

/** What the members of an integration are called here. */
export const members = {
  name: "connection_name",
  authType: "auth_type",
  username: "username",
  password: "password",
  installation: "installation_type",
  url: "jira_server_url",
  skipsProxy: "skip_proxy",
} as const;

/** A new integration as a program sends it, once `newIntegrationSchema` let it through. */
export interface NewIntegration {
  readonly connection_name: string;
  readonly auth_type: "basic";
  readonly username: string;
  readonly password: string;
  readonly installation_type: "cloud" | "server";
  readonly jira_server_url: string;
  readonly skip_proxy: boolean;
}

const settingSchemas = {
  auth_type: { type: "string", enum: ["basic"], description: "How Jira is told who asks.", mistake: "auth_type has to be basic." },
  username: {
    type: "string",
    pattern: "\\S",
    description: "The account's name; with Jira Cloud its e-mail address.",
    mistake: "username has to be text that is not blank.",
  },
  password: {
    type: "string",
    pattern: "\\S",
    description: "The account's password; with Jira Cloud an API token.",
    mistake: "password has to be text that is not blank.",
  },
  installation_type: {
    type: "string",
    enum: ["cloud", "server"],
    description: "`server` stands for Data Center too.",
    mistake: "installation_type has to be cloud or server.",
  },
  jira_server_url: {
    type: "string",
    format: "http-url",
    // Nothing in it that would lead elsewhere than it seems to.
    pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\p{Cc}/?#@\\\\]+(?:/[^\\s\\p{Cc}?#\\\\]*)?$",
    description: "Where Jira is, with its context path if it has one: http or https, without user name, query and fragment.",
    mistake: "jira_server_url has to be a web address that begins with http:// or https://, without blanks, user name, query and fragment.",
  },
} as const;

const skipProxySchema = {
  type: "boolean",
  description: "True goes past `outbound.proxy`.",
  mistake: "skip_proxy has to be true or false.",
} as const;

const noObject = "The body has to be a JSON object.";

/** A new integration. */
export const newIntegrationSchema: JsonSchema = {
  type: "object",
  mistake: noObject,
  required: ["connection_name", ...Object.keys(settingSchemas)],
  properties: {
    connection_name: {
      type: "string",
      maxLength: 255,
      pattern: "^(?=[^]*\\S)[^/\\p{Cc}]*$",
      // They could not be addressed.
      not: { enum: ["details", ".", ".."] },
      description:
        "No two integrations have the same. Up to 255 characters, without slashes and control characters; not `details`, `.` or `..`.",
      examples: ["cloudProjectABC"],
      mistake:
        "connection_name has to be text of 1 to 255 characters that is not blank, without slashes and control characters, and neither details nor . nor .. alone.",
    },
    ...settingSchemas,
    skip_proxy: { ...skipProxySchema, default: false },
  },
};

const changeProperties: Readonly<Record<string, JsonSchema>> = {
  connection_name: {
    type: "string",
    pattern: "\\S",
    description: "The name of the integration; it stays. Where the path has it too, they have to be equal.",
    mistake: "connection_name has to be text that is not blank.",
  },
  ...settingSchemas,
  skip_proxy: skipProxySchema,
};

/** A change of the integration that the path names. */
export const changeSchema: JsonSchema = {
  type: "object",
  description: "What is not sent stays as it is. Another scheme, host or port of `jira_server_url` needs `password` in the same request.",
  mistake: noObject,
  properties: changeProperties,
};

/** A change of the integration that the body names. */
export const namedChangeSchema: JsonSchema = { ...changeSchema, required: ["connection_name"] };

export const nameParams = { name: { type: "string", description: "The `connection_name`, percent-encoded." } } as const;

export const infoSchema: JsonSchema = { type: "object", required: ["info"], properties: { info: { type: "string" } } };

/** An integration as programs see it. */
export const integrationSchema: JsonSchema = {
  type: "object",
  required: Object.values(members).filter((member) => member !== members.password),
  properties: {
    connection_name: { type: "string" },
    auth_type: { type: "string" },
    username: { type: "string" },
    installation_type: { type: "string", enum: ["cloud", "server"] },
    jira_server_url: { type: "string", description: "As it was sent." },
    skip_proxy: { type: "boolean" },
  },
};

export const integrationsSchema: JsonSchema = { type: "array", items: integrationSchema };

export const statusQuery = {
  type: "object",
  required: ["integrationName"],
  properties: {
    integrationName: { type: "string", minLength: 1, description: "The `connection_name`.", mistake: texts.notAsked },
  },
} as const satisfies JsonSchema;

export const statusWords = {
  healthy: "HEALTHY_INTEGRATION",
  unknown: "INTEGRATION_NOT_FOUND",
  failed: "INTERNAL_SERVER_ERROR",
  faulty: "FAULTY_CONFIGURATION",
} as const;

export const statusSchema: JsonSchema = {
  type: "object",
  required: ["status", "reason", "time", "integration_name"],
  properties: {
    status: { type: "string", enum: Object.values(statusWords) },
    reason: { type: "string", description: "What that means; without secrets." },
    time: { type: "string", format: "date-time", description: "When it was checked: just now." },
    integration_name: { type: "string" },
  },
};

/** The body of a refusal. */
export const refusalSchema: JsonSchema = {
  type: "object",
  required: ["error"],
  properties: { error: { type: "string" }, id: { type: "string", description: "With the status 500: finds the failure in the log." } },
};
