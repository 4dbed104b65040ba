import type { SettingSchema } from "../setting-schema.js";

const scopes: SettingSchema = {
  type: "array",
  items: { type: "string", enum: ["READ", "WRITE", "DELETE"] },
  default: ["WRITE"],
  description: "What it may do: `READ`, `WRITE` (which includes READ), `DELETE` (which includes both).",
};

const provider: SettingSchema = {
  type: "string",
  description:
    "Whose data it reads and changes: 1 to 255 letters, digits, `.`, `-` and `_`. Callers of one provider share what is stored. A changed name starts empty; `switchboard devinfo providers rename` takes the data along.",
};

const instance: SettingSchema = {
  type: "string",
  minLength: 1,
  description:
    "The name of the configured tracker instance that it is bound to: only rooms connected to that one hear of its data and show it. Unless given: rooms of every instance whose project key fits.",
};

const clients: SettingSchema = {
  type: "array",
  description:
    "On-premise tools that send development information with OAuth client credentials. `switchboard devinfo-client create` makes further ones while Switchboard runs, which do not stand here.",
  default: [],
  items: {
    type: "object",
    properties: {
      clientId: { type: "string", minLength: 1, description: "What the tool calls itself. No two clients have the same." },
      clientSecret: {
        type: "string",
        minLength: 1,
        secret: true,
        description: "What it trades for a token at `POST /oauth/token`. Long and random; make one with `openssl rand -hex 32`.",
      },
      scopes,
      provider: { ...provider, description: `${provider.description ?? ""} Unless given: the client id.` },
      instance,
    },
    required: ["clientId", "clientSecret"],
  },
  examples: [[{ clientId: "ci", clientSecretFile: "./ci-secret", scopes: ["WRITE"] }]],
};

const connectApps: SettingSchema = {
  type: "array",
  description:
    "Connect apps that send development information signed with a shared secret (JWT, HS256). `switchboard connect-app install` installs further ones while Switchboard runs, which do not stand here.",
  default: [],
  items: {
    type: "object",
    properties: {
      key: { type: "string", minLength: 1, description: "The app's key, which its tokens name as `iss`. No two apps have the same." },
      sharedSecret: { type: "string", minLength: 1, secret: true, description: "The secret of its installation, with which it signs." },
      scopes,
      provider: { ...provider, description: `${provider.description ?? ""} Unless given: the app's key.` },
      instance,
    },
    required: ["key", "sharedSecret"],
  },
  examples: [[{ key: "com.example.app", sharedSecretFile: "./app-secret", scopes: ["WRITE", "DELETE"] }]],
};

const smartCommits: SettingSchema = {
  type: "object",
  description:
    "Which smart commits are carried out, as the linked author of the commit. All of them are parsed and reported whatever stands here.",
  default: {},
  properties: {
    comment: { type: "boolean", default: false, description: "`PLAY-1 #comment text` adds a comment." },
    time: { type: "boolean", default: false, description: "`PLAY-1 #time 2h 30m text` logs work." },
    transition: { type: "boolean", default: false, description: "`PLAY-1 #close` moves the issue." },
  },
};

const forward: SettingSchema = {
  type: "array",
  description:
    "Copies what is sent here to a site of Atlassian's, in order, with retry. There is one queue for each entry; what the site refuses for good blocks nothing.",
  default: [],
  items: {
    type: "object",
    properties: {
      from: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "The providers whose submissions and deletes are copied.",
      },
      url: { type: "string", format: "http-url", description: "The site, for example `https://example.atlassian.net`." },
      clientId: { type: "string", minLength: 1, description: "The id of the OAuth credentials that were made at the site." },
      clientSecret: { type: "string", minLength: 1, secret: true, description: "Their secret." },
      apiUrl: {
        type: "string",
        format: "http-url",
        default: "https://api.atlassian.com",
        description: "Where tokens are asked for and copies are sent. Another one than Atlassian's only where a gateway stands between.",
      },
    },
    required: ["from", "url", "clientId", "clientSecret"],
  },
  examples: [[{ from: ["ci"], url: "https://example.atlassian.net", clientId: "made-at-the-site", clientSecretFile: "./site-secret" }]],
};

/** Development information: who sends it, and what becomes of it. Ours: Hookshot has no such section. */
export const devinfo: SettingSchema = {
  type: "object",
  description:
    "Commits, branches and pull requests for each issue, as tools send them to the listener resource `devinfo` (Atlassian's Development Information API 0.10).",
  default: {},
  properties: {
    clients,
    connectApps,
    knownKeys: {
      type: "string",
      enum: ["connected", "all"],
      default: "connected",
      description:
        "Which issue keys answers count as known: `connected`, those of projects that a room is connected to, or `all`. Nothing is dropped for an unknown one.",
    },
    maxBodyBytes: {
      type: "integer",
      minimum: 1024,
      maximum: 134_217_728,
      default: 33_554_432,
      description: "The largest body that is taken, in bytes. A request that every limit of the API allows has up to 31 MB.",
    },
    fromWebhooks: {
      type: "array",
      items: { type: "string", minLength: 1 },
      default: [],
      description:
        "Ids of services whose webhooks, which come anyway, are stored as development information too, under the provider `webhooks-<id>`.",
    },
    smartCommits,
    submissions: {
      type: "object",
      description: "The reports that `switchboard devinfo submissions` lists: what was sent, and what was not taken.",
      default: {},
      properties: {
        keepDays: { type: "integer", minimum: 1, maximum: 3650, default: 14, description: "For how many days they are kept." },
      },
    },
    rateLimit: {
      type: "object",
      description: "How much one caller may ask for. Unless given there is no limit.",
      properties: {
        perMinute: { type: "integer", minimum: 1, description: "Requests in a minute, of each caller.", examples: [600] },
      },
      required: ["perMinute"],
    },
    forward,
  },
};
