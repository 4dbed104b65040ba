import type { Secret } from "../../shared/secret.js";

/** The section `echo` of the configuration. */
export interface EchoConfig {
  readonly secret: Secret;
}

export const configSchema = {
  type: "object",
  description: "An example of a service: what is posted to a channel is said in the rooms that are connected to it.",
  properties: {
    secret: { type: "string", minLength: 1, secret: true, description: "What requests have to carry as the header `X-Echo-Secret`." },
  },
  required: ["secret"],
  additionalProperties: false,
};

/** A channel's name. */
const channel = { type: "string", pattern: "^[a-z0-9-]{1,64}$" };

/** The body of `org.matrix.switchboard.echo.channel`. */
export interface ChannelState {
  readonly channel: string;
}

export const stateSchema = {
  type: "object",
  properties: {
    channel: {
      ...channel,
      description: "Which channel the room hears.",
      examples: ["builds"],
      mistake: "'channel' must have 1 to 64 lower-case letters, digits and hyphens",
    },
  },
  required: ["channel"],
  additionalProperties: false,
};

/** What is read of a request; it may carry anything besides. */
export interface SaidPayload {
  readonly channel: string;
  readonly text: string;
}

export const saidPayloadSchema = {
  type: "object",
  properties: { channel, text: { type: "string", minLength: 1 } },
  required: ["channel", "text"],
};
