import { userIdSchema } from "../../http/matrix-parameters.js";
import type { DocumentTag } from "../../http/openapi-document.js";
import type { JsonSchema } from "../../http/route.js";

export const provisioningTag = {
  name: "Provisioning",
  description: `Integration managers and other programs connect rooms to remote systems with it, on behalf of people. It is the API that
matrix-hookshot had until version 6, for listeners with the resource \`provisioning\`.

Every request but that of the health needs a token, as \`Authorization: Bearer <token>\`: \`provisioning.secret\`, or one of \`api.tokens\` or of
\`switchboard token create\` with the scope \`provisioning\`. Whoever has the token speaks for everybody: \`userId\` says for whom. What that
person may not do in the room, by the configuration or at the remote, is refused.

To connect a room:

1. \`GET /v1/connectiontypes\` tells the types, and for each the bot that serves it.
2. Somebody in the room invites that bot and gives it the power to send state events. The first request for the room accepts the invitation;
   until there is one, requests are refused with \`HS_NOT_IN_ROOM\`.
3. Where people need an account at the remote, \`GET /v1/jira/account\` or \`GET /v1/github/account\` tells whether the person is logged in. If not,
   their browser is sent to the address that \`GET /v1/jira/oauth\` or \`GET /v1/github/oauth\` gives. Then there are lists of what they can choose.
4. \`PUT /v1/{roomId}/connections/{type}\` connects the room. The answer has the \`id\` that the other requests need and, under \`secrets\`, what
   only those are told who change a connection: the address of a webhook, for example.

Changes of one room are made one after the other. What could not begin within 15 seconds is answered with 502, and then nothing was done.

What is refused has a body as [below](#errors). Compare \`errcode\`, not the sentence:

| \`errcode\` | Status | What to do |
| --- | --- | --- |
| \`HS_BAD_VALUE\` | 400 | Correct what the sentence names; \`validationErrors\` tells each key of a configuration that does not fit. |
| \`HS_UNSUPPORTED_OPERATION\` | 400 | Nothing: it cannot be done to such a connection, or it stands in the server's configuration. |
| \`HS_DISABLED_FEATURE\` | 400 | Ask the administrator to switch the service or feature on. |
| \`HS_ADDITIONAL_ACTION_REQUIRED\` | 400 | Send the person to \`installUrl\` if there is one, and repeat. |
| \`HS_BAD_TOKEN\` | 401 | Send the right token. |
| \`HS_NOT_IN_ROOM\` | 403 | Invite the bot, or let the person join; then repeat. |
| \`HS_FORBIDDEN_BOT\` | 403 | Give the bot the power to send state events in the room. |
| \`HS_FORBIDDEN_USER\` | 403 | The person lacks power in the room, a right by the configuration, or a login or a right at the remote; or the token lacks the scope. The sentence tells which. |
| \`HS_NOTFOUND\` | 404 | Nothing: there is no such connection, type or route. |
| \`HS_METHOD_NOT_ALLOWED\` | 405 | Use one of the methods that the header \`Allow\` names. |
| \`HS_CONFLICTING_CONNECTION\` | 409 | Choose another command prefix or resource: \`existingConnection\` is what has this one. |
| \`HS_TOO_LARGE\` | 413 | Send a smaller body. |
| \`HS_UNKNOWN\` | 500 | Tell the administrator the \`id\`, which finds the failure in the log. |
| \`HS_REMOTE_ERROR\` | 502 | Try again later: the homeserver or the remote failed, or the room is busy. |`,
} as const satisfies DocumentTag;

export const userQuery = {
  type: "object",
  required: ["userId"],
  properties: { userId: { ...userIdSchema, description: "The person for whom it is done: a whole Matrix user id, of up to 255 bytes." } },
} as const satisfies JsonSchema;

export const eventTypeSchema = {
  type: "string",
  minLength: 1,
  maxLength: 255,
  description: "The type of the connection's state event, as `connectiontypes` lists it.",
  examples: ["uk.half-shot.matrix-hookshot.generic.hook"],
} as const satisfies JsonSchema;

export const connectionIdSchema = {
  type: "string",
  minLength: 1,
  maxLength: 255,
  description: "The connection's `id`.",
  examples: ["5d41402abc4b2a76b9719d911017c592"],
} as const satisfies JsonSchema;

export const noContentSchema: JsonSchema = { type: "object", maxProperties: 0 };

/** A webhook, by which the documents show what is sent and answered. */
const typeExample = {
  type: "Webhook",
  eventType: eventTypeSchema.examples[0],
  service: "generic",
  botUserId: "@hookshot:example.org",
} as const;
export const configExample = { name: "builds" } as const;
const itemExample = { id: connectionIdSchema.examples[0], ...typeExample, config: configExample } as const;

const typeProperties = {
  type: { type: "string", description: "What is connected, for example `Webhook`." },
  eventType: { type: "string", description: "The type of its state event." },
  service: { type: "string", description: "The remote system, in one word." },
  botUserId: { type: "string", description: "The bot that serves it." },
} as const;

export const connectionTypesSchema: JsonSchema = {
  type: "object",
  description: "By a name that is `type` as a rule; two kinds may share a `type`, and are told apart by `eventType`.",
  additionalProperties: { type: "object", required: ["type", "eventType", "service", "botUserId"], properties: typeProperties },
  examples: [{ [typeExample.type]: typeExample }],
};

const itemProperties = {
  id: { type: "string", description: "Stays the same while the connection lasts." },
  ...typeProperties,
  config: { type: "object", description: "The configuration that is in force, with the defaults of keys that were not set." },
} as const;

const itemRequired = ["id", "eventType", "type", "service", "botUserId", "config"] as const;

/** A connection, as everybody in the room may know it. */
export const itemSchema: JsonSchema = { type: "object", required: itemRequired, properties: itemProperties, examples: [itemExample] };

export const itemsSchema: JsonSchema = { type: "array", items: itemSchema };

/** A connection, as those who set it up see it. */
export const writtenItemSchema: JsonSchema = {
  type: "object",
  required: itemRequired,
  properties: {
    ...itemProperties,
    secrets: { type: "object", description: "What only those are told who set it up, such as the address of a webhook." },
    warning: {
      type: "object",
      description: "It works, but not all of it.",
      required: ["header", "message"],
      properties: { header: { type: "string" }, message: { type: "string" } },
    },
  },
  examples: [
    {
      ...itemExample,
      secrets: {
        url: "https://hooks.example.org/webhook/8f0a1d6e-4f6b-4e0c-9a57-3f1e2b7c5d90",
        hookId: "8f0a1d6e-4f6b-4e0c-9a57-3f1e2b7c5d90",
      },
    },
  ],
};

export const okSchema: JsonSchema = { type: "object", required: ["ok"], properties: { ok: { const: true } } };

export const patchSchema: JsonSchema = {
  type: "object",
  description: "Keys as for PUT. They are merged over what is stored, null removes a key, and the whole has to fit.",
  examples: [configExample],
};
