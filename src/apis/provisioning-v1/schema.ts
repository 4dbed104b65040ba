import { userIdSchema } from "../../http/matrix-parameters.js";
import type { DocumentTag } from "../../http/openapi-document.js";
import type { JsonSchema } from "../../http/route.js";

/** The resource of listeners that serve the API, and the scope that its tokens need. */
export const provisioningScope = "provisioning";

export const provisioningTag = {
  name: "Provisioning",
  description: `Integration managers and other programs connect rooms to remote systems with it, on behalf of people. It is the API that
matrix-hookshot had until version 6, for listeners with the resource \`${provisioningScope}\`.

Every request but that of the health needs a token, as \`Authorization: Bearer <token>\`: \`provisioning.secret\`, or one of \`api.tokens\` or of
\`switchboard token create\` with the scope \`${provisioningScope}\`. Whoever has the token speaks for everybody: \`userId\` says for whom. What that
person may not do in the room, by the configuration or at the remote, is refused.

Changes of one room are made one after the other. What could not begin within 15 seconds is answered with 502, and then nothing was done.`,
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
} as const satisfies JsonSchema;

export const connectionIdSchema = {
  type: "string",
  minLength: 1,
  maxLength: 255,
  description: "The connection's `id`.",
  examples: ["5d41402abc4b2a76b9719d911017c592"],
} as const satisfies JsonSchema;

export const noContentSchema: JsonSchema = { type: "object", maxProperties: 0 };

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
};

const itemProperties = {
  id: { type: "string", description: "Stays the same while the connection lasts." },
  ...typeProperties,
  config: { type: "object", description: "The configuration that is in force, with the defaults of keys that were not set." },
} as const;

const itemRequired = ["id", "eventType", "type", "service", "botUserId", "config"] as const;

/** A connection, as everybody in the room may know it. */
export const itemSchema: JsonSchema = { type: "object", required: itemRequired, properties: itemProperties };

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
};

export const okSchema: JsonSchema = { type: "object", required: ["ok"], properties: { ok: { const: true } } };

export const patchSchema: JsonSchema = {
  type: "object",
  description: "Keys as for PUT. They are merged over what is stored, null removes a key, and the whole has to fit.",
};
