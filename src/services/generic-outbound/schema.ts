/** What outbound webhooks read of the section `generic`, which they share with inbound ones (Hookshot reference 1.12). */
export interface OutboundConfig {
  readonly outbound: boolean;
}

export const configSchema = {
  type: "object",
  description: "Inbound and outbound webhooks.",
  properties: {
    // Word for word as the service of inbound webhooks has it: the two share the section.
    outbound: { type: "boolean", default: false, description: "Whether rooms may send what is said in them to outbound webhooks." },
  },
  additionalProperties: false,
};

export const methods = ["PUT", "POST"] as const;

/** The body of `uk.half-shot.matrix-hookshot.outbound-hook` (Hookshot reference 2.10). */
export interface OutboundState {
  readonly name: string;
  readonly url: string;
  readonly method: (typeof methods)[number];
}

// Hookshot's sentences (reference 2.10).
export const nameMistake = "A webhook name must be a string.";
export const urlMistake = "Outbound URL must be a string";
export const methodMistake = "Outbound Method must be one of PUT,POST";

export const stateSchema = {
  type: "object",
  properties: {
    name: { type: "string", description: "The webhook's name.", examples: ["archive"], mistake: nameMistake },
    url: { type: "string", description: "Where events are sent.", examples: ["https://example.org/hook"], mistake: urlMistake },
    method: {
      type: "string",
      enum: methods,
      default: "PUT",
      description: "How they are sent: PUT or POST.",
      mistake: methodMistake,
    },
  },
  allOf: [
    { required: ["name"], mistake: nameMistake },
    { required: ["url"], mistake: urlMistake },
  ],
  additionalProperties: false,
};
