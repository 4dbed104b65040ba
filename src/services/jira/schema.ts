import { devinfoEntityTypes, type DevinfoEntityType } from "../../core/devinfo.js";
import type { Secret } from "../../shared/secret.js";

/** The section `jira` of the configuration (Hookshot reference 1.11; `instances` is ours). */
export interface JiraConfig {
  readonly webhook: { readonly secret: Secret };
  readonly url?: string;
  readonly oauth?: JiraOauthConfig;
  readonly instances?: Readonly<Record<string, JiraInstanceConfig>>;
}

export type Deployment = "server" | "cloud";

/** OAuth 2 with client id and secret, OAuth 1.0a with consumer key and the path of a private key. */
export interface JiraInstanceOauthConfig {
  readonly redirect_uri: string;
  readonly client_id?: string;
  readonly client_secret?: Secret;
  readonly consumerKey?: string;
  readonly privateKey?: string;
  readonly authorizationUrl?: string;
  readonly tokenUrl?: string;
}

interface JiraOauthConfig extends JiraInstanceOauthConfig {
  readonly apiUrl?: string;
}

interface JiraInstanceConfig {
  readonly url: string;
  readonly deployment?: Deployment;
  readonly credential?: JiraCredential;
  readonly oauth?: JiraInstanceOauthConfig;
}

/** With `username` the token goes as Basic, without as Bearer. */
export interface JiraCredential {
  readonly username?: string;
  readonly token: Secret;
  /** Whether people without a login of their own act through it. */
  readonly commands?: boolean;
}

const credentialSchema = {
  type: "object",
  description:
    "Looks projects up. It counts as the administrator's consent: who has `manageConnections` may connect any project that it sees. Give it read access and nothing more, unless `commands` is true.",
  properties: {
    username: {
      type: "string",
      minLength: 1,
      description:
        "With it, name and token are sent as Basic (Jira Cloud: the account's e-mail address with an API token); without it, the token is sent as Bearer (Server and Data Center: a personal access token).",
      examples: ["switchboard@example.org"],
    },
    token: { type: "string", minLength: 1, secret: true, description: "The API token, personal access token or password." },
    commands: {
      type: "boolean",
      default: false,
      description:
        "Lets people without a login of their own act through this account, by the commands of rooms (`!jira create` and the like): only in the projects that their room is connected to, and what is written names them. Its account then needs the rights to create, edit, comment, assign and move issues there.",
    },
  },
  required: ["token"],
  additionalProperties: false,
};

const redirectUriSchema = {
  type: "string",
  format: "http-url",
  description: "The public address of `/jira/oauth` on a listener with `webhooks`.",
  examples: ["https://example.org/jira/oauth"],
};

const consumerKeySchema = { type: "string", minLength: 1, description: "OAuth 1.0a: the application link's consumer key." };
const privateKeySchema = { type: "string", minLength: 1, description: "OAuth 1.0a: path of the private key, a PEM file." };

const instanceOauthSchema = {
  type: "object",
  description:
    "Lets people log in with a browser at this Server or Data Center: OAuth 2 (client id and secret of an incoming link, from Jira 8.22 on) or OAuth 1.0a (consumer key and private key of an application link).",
  properties: {
    redirect_uri: redirectUriSchema,
    client_id: { type: "string", minLength: 1, description: "OAuth 2: the incoming link's client id." },
    client_secret: { type: "string", minLength: 1, secret: true, description: "OAuth 2: the incoming link's client secret." },
    consumerKey: consumerKeySchema,
    privateKey: privateKeySchema,
    authorizationUrl: {
      type: "string",
      format: "http-url",
      description: "OAuth 2: where people agree, if it is not `<url>/rest/oauth2/latest/authorize`.",
    },
    tokenUrl: {
      type: "string",
      format: "http-url",
      description: "OAuth 2: where tokens are asked for, if it is not `<url>/rest/oauth2/latest/token`.",
    },
  },
  required: ["redirect_uri"],
  if: { type: "object", required: ["consumerKey"] },
  then: { type: "object", required: ["privateKey"] },
  else: { type: "object", required: ["client_id", "client_secret"] },
  additionalProperties: false,
};

const instanceSchema = {
  type: "object",
  properties: {
    url: {
      type: "string",
      format: "http-url",
      description: "Where people open it in the browser, with its context path if it has one.",
      examples: ["https://jira.example.org"],
    },
    deployment: {
      type: "string",
      enum: ["server", "cloud"],
      description:
        "`server` for Server and Data Center, `cloud` for Jira Cloud. Unless given: `cloud` for `*.atlassian.net`, else `server`.",
    },
    credential: credentialSchema,
    oauth: instanceOauthSchema,
  },
  required: ["url"],
  if: {
    type: "object",
    anyOf: [
      { properties: { deployment: { const: "cloud" } }, required: ["deployment"] },
      {
        properties: { url: { type: "string", pattern: "^https?://[^/?#]*\\.atlassian\\.net(?:[/?#]|$)" } },
        not: { required: ["deployment"] },
      },
    ],
  },
  // An app of Atlassian's is good for all sites of Jira Cloud.
  then: { type: "object", properties: { oauth: { not: {}, mistake: "Jira Cloud has its OAuth at jira.oauth, not at an instance" } } },
  additionalProperties: false,
};

const oauthSchema = {
  type: "object",
  description:
    "Lets people log in with a browser: OAuth 2 (3LO) for all sites of Jira Cloud; OAuth 1.0a for the Server or Data Center of `jira.url`, where that is given.",
  properties: {
    redirect_uri: redirectUriSchema,
    client_id: { type: "string", minLength: 1, description: "Jira Cloud: the app's client id." },
    client_secret: { type: "string", minLength: 1, secret: true, description: "Jira Cloud: the app's secret." },
    consumerKey: consumerKeySchema,
    privateKey: privateKeySchema,
    authorizationUrl: {
      type: "string",
      format: "http-url",
      description: "Jira Cloud: where people agree, if it is not `https://auth.atlassian.com/authorize`.",
    },
    tokenUrl: {
      type: "string",
      format: "http-url",
      description: "Jira Cloud: where tokens are asked for, if it is not `https://auth.atlassian.com/oauth/token`.",
    },
    apiUrl: {
      type: "string",
      format: "http-url",
      description: "Jira Cloud: where apps reach the sites of people, if it is not `https://api.atlassian.com`; for a proxy.",
    },
  },
  required: ["redirect_uri"],
  additionalProperties: false,
};

/** Which half of `oauth` is needed depends on `url`, as in Hookshot (reference 1.11). */
const oauthByDeployment = {
  if: { type: "object", required: ["url"] },
  then: { type: "object", properties: { oauth: { type: "object", required: ["consumerKey", "privateKey"] } } },
  else: { type: "object", properties: { oauth: { type: "object", required: ["client_id", "client_secret"] } } },
};

export const configSchema = {
  type: "object",
  description: "Jira Cloud, Server and Data Center.",
  properties: {
    webhook: {
      type: "object",
      description: "How webhooks show that they come from your Jira.",
      properties: {
        secret: {
          type: "string",
          minLength: 1,
          secret: true,
          description:
            "The webhook's secret in Jira, which signs every request; a Jira that cannot sign has it in the webhook's address: `/jira/webhook?secret=...`.",
        },
      },
      required: ["secret"],
      additionalProperties: false,
    },
    url: {
      type: "string",
      format: "http-url",
      description: "Hookshot's way to name one Server or Data Center instance; it counts as an entry of `instances` named by its host.",
      examples: ["https://jira.example.org"],
    },
    oauth: oauthSchema,
    instances: {
      type: "object",
      description: "Your Jiras, by the names that people type: `!connect jira:main PLAY`.",
      propertyNames: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$" },
      additionalProperties: instanceSchema,
      default: {},
      examples: [{ main: { url: "https://jira.example.org", deployment: "server", credential: { token: "a personal access token" } } }],
    },
  },
  required: ["webhook"],
  additionalProperties: false,
  ...oauthByDeployment,
};

/** Events that a connection can choose, in the words of its state (Hookshot reference 2.8). */
export const stateEventNames = ["issue_created", "issue_updated", "version_created", "version_updated", "version_released"] as const;

export type JiraEventName = (typeof stateEventNames)[number];

/** The body of `uk.half-shot.matrix-hookshot.jira.project`. */
export interface ProjectState {
  readonly url: string;
  /** Jira's id of the project, without which version events reach the room only once an issue event has shown it. */
  readonly id?: string;
  readonly events: readonly JiraEventName[];
  /** Ours, and outside `events`: Hookshot refuses names there that it does not know, and drops keys. */
  readonly devinfo?: readonly DevinfoEntityType[];
  readonly commandPrefix?: string;
  readonly priority?: number;
  readonly showUrlPreviews?: boolean;
}

export const urlMistake = "'url' must be the http or https address of a project, such as https://jira.example.org/projects/PLAY";
export const eventsMistake = `'events' can only contain ${stateEventNames.join(", ")}`;
export const devinfoMistake = `'devinfo' can only contain ${devinfoEntityTypes.join(", ")}`;

export const stateSchema = {
  type: "object",
  properties: {
    url: {
      type: "string",
      format: "http-url",
      maxLength: 2048,
      description: "The project's address; its last part is the key.",
      examples: ["https://jira.example.org/projects/PLAY"],
      mistake: urlMistake,
    },
    id: { type: "string", maxLength: 255, description: "Jira's id of the project." },
    events: {
      type: "array",
      description: "What is told to the room.",
      items: { type: "string", enum: stateEventNames, mistake: eventsMistake },
      default: ["issue_created"],
      mistake: eventsMistake,
    },
    devinfo: {
      type: "array",
      description:
        "What of development information is told to the room: commits, branches and pull requests that name an issue of the project. Unless given: nothing.",
      items: { type: "string", enum: devinfoEntityTypes, mistake: devinfoMistake },
      mistake: devinfoMistake,
    },
    commandPrefix: {
      type: "string",
      minLength: 2,
      maxLength: 24,
      description: "What commands in the room begin with.",
      mistake: "'commandPrefix' must have 2 to 24 characters",
    },
    priority: { type: "number", description: "Connections with a higher one are asked first.", mistake: "'priority' must be a number" },
    showUrlPreviews: {
      type: "boolean",
      description: "Whether clients show previews of links in its messages.",
      mistake: "'showUrlPreviews' must be true or false",
    },
  },
  required: ["url"],
  additionalProperties: false,
};

/** Ids are strings in Jira's payloads, but for some numbers of versions and projects. */
type RemoteId = string | number;

const remoteId = { type: ["string", "integer"], maxLength: 255 };
const optionalText = { type: ["string", "null"] };
const projectKey = { type: "string", minLength: 1, maxLength: 255 };
const selfUrl = { type: "string", format: "http-url", maxLength: 2048 };
const person = { type: ["object", "null"], properties: { displayName: optionalText } };

export interface PersonPayload {
  readonly displayName?: string | null;
}

/** What is read of issue payloads (Hookshot reference 4.6); Cloud and Data Center send the same. */
export interface IssuePayload {
  readonly issue: {
    readonly id: RemoteId;
    readonly key: string;
    readonly self: string;
    readonly fields: {
      readonly summary?: string | null;
      readonly creator?: PersonPayload | null;
      readonly project: { readonly id: RemoteId; readonly key: string; readonly self?: string | null };
    };
  };
  readonly user?: PersonPayload | null;
  /** Its items are checked one by one, so that a bad one does not lose the rest. */
  readonly changelog?: { readonly items?: readonly unknown[] | null } | null;
}

export const issuePayloadSchema = {
  type: "object",
  properties: {
    issue: {
      type: "object",
      properties: {
        id: remoteId,
        key: projectKey,
        self: selfUrl,
        fields: {
          type: "object",
          properties: {
            summary: optionalText,
            creator: person,
            project: {
              type: "object",
              properties: { id: remoteId, key: projectKey, self: { type: ["string", "null"], maxLength: 2048 } },
              required: ["id", "key"],
            },
          },
          required: ["project"],
        },
      },
      required: ["id", "key", "self", "fields"],
    },
    user: person,
    changelog: { type: ["object", "null"], properties: { items: { type: ["array", "null"] } } },
  },
  required: ["issue"],
};

/** What is read of version payloads. They name their project only by id. */
export interface VersionPayload {
  readonly version: {
    readonly id: RemoteId;
    readonly self: string;
    readonly name?: string | null;
    readonly description?: string | null;
    readonly projectId: RemoteId;
  };
}

export const versionPayloadSchema = {
  type: "object",
  properties: {
    version: {
      type: "object",
      properties: { id: remoteId, self: selfUrl, name: optionalText, description: optionalText, projectId: remoteId },
      required: ["id", "self", "projectId"],
    },
  },
  required: ["version"],
};
