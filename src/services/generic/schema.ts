/** The section `generic` of the configuration (Hookshot reference 1.12). */
export interface GenericConfig {
  readonly enabled: boolean;
  readonly outbound: boolean;
  readonly urlPrefix: string;
  readonly userIdPrefix?: string;
  readonly allowJsTransformationFunctions: boolean;
  readonly waitForComplete: boolean;
  readonly enableHttpGet: boolean;
  readonly sendExpiryNotice: boolean;
  readonly requireExpiryTime: boolean;
  readonly maxExpiryTime?: string;
  readonly includeHookBody: boolean;
  /** Bytes, or a number with a unit: see `bytesOf`. */
  readonly payloadSizeLimit: number | string;
}

const sizeMistake =
  "generic.payloadSizeLimit must be a positive whole number of bytes, or a number followed by `kb`, `mb` or `gb`, such as `1mb`";
const durationMistake = "generic.maxExpiryTime must be a duration, such as `30d`, `2h` or `1w`";

/** What `parse-duration` reads, without what it overlooks. */
const durationPattern =
  "^\\s*(?:[0-9]+(?:\\.[0-9]+)?\\s*(?:years?|yrs?|y|months?|mths?|mo|weeks?|wks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|ms)\\s*)+$";

export const configSchema = {
  type: "object",
  description: "Inbound and outbound webhooks.",
  properties: {
    enabled: { type: "boolean", default: true, description: "Whether rooms take inbound webhooks." },
    outbound: { type: "boolean", default: false, description: "Whether rooms may send what is said in them to outbound webhooks." },
    urlPrefix: {
      type: "string",
      format: "http-url",
      description:
        "The public address of `/webhook/` on a listener with `webhooks`. What is told to people is this followed by the hook's secret id.",
      examples: ["https://example.org/webhook/"],
    },
    userIdPrefix: {
      type: "string",
      minLength: 1,
      pattern: "^[a-z0-9._=/+-]+$",
      description:
        "With it each hook speaks as a user of its own, whose name begins so; the registration has to reserve such users. Without it the bot speaks.",
      examples: ["_webhooks_"],
    },
    allowJsTransformationFunctions: {
      type: "boolean",
      default: false,
      description: "Whether the settings of a hook may hold a function in JavaScript that words its messages. It runs in a sandbox.",
    },
    waitForComplete: {
      type: "boolean",
      default: false,
      description:
        "Whether every request is answered only once its message is sent, or after 5 seconds; otherwise it is as soon as it is stored.",
    },
    enableHttpGet: {
      type: "boolean",
      default: false,
      description: "Whether hooks take GET requests, whose query is the payload. Whatever follows links then posts too.",
    },
    sendExpiryNotice: { type: "boolean", default: false, description: "Whether a room is told when a hook of it expires within 3 days." },
    requireExpiryTime: { type: "boolean", default: false, description: "Whether new hooks must expire." },
    maxExpiryTime: {
      type: "string",
      pattern: durationPattern,
      mistake: durationMistake,
      description: "How far ahead hooks may expire; absent: any time.",
      examples: ["30d"],
    },
    includeHookBody: {
      type: "boolean",
      default: true,
      description:
        "Whether messages carry the payload, for programs, as `uk.half-shot.hookshot.webhook_data`; a hook's own setting goes first.",
    },
    payloadSizeLimit: {
      type: ["integer", "string"],
      minimum: 1,
      pattern: "^[0-9]+(?:\\.[0-9]+)?(?:[kK]|[mM]|[gG])[bB]$",
      mistake: sizeMistake,
      default: "1mb",
      description: "How large a request's body may be: bytes, or a number with `kb`, `mb` or `gb` (of 1024).",
    },
  },
  required: ["urlPrefix"],
  additionalProperties: false,
};

/** Bodies that are read as another product's, by their own words. */
export const payloadFormats = ["slack", "discord", "alertmanager"] as const;

export type PayloadFormat = (typeof payloadFormats)[number];

/** The body of `uk.half-shot.matrix-hookshot.generic.hook`: Hookshot's keys (reference 2.9), then ours. */
export interface HookState {
  readonly name: string;
  readonly transformationFunction?: string;
  readonly waitForComplete?: boolean;
  readonly includeHookBody?: boolean;
  /** See `parseExpirationDate`. */
  readonly expirationDate?: string;
  /** Liquid: the text, in Markdown. */
  readonly template?: string;
  /** Liquid: the formatted text, in HTML. */
  readonly templateHtml?: string;
  readonly format?: PayloadFormat;
  /** Present: requests have to be signed; the secret is kept apart. */
  readonly signature?: SignatureSettings;
  readonly showUrlPreviews?: boolean;
}

export interface SignatureSettings {
  /** The header with the signature; `X-Hub-Signature-256` unless given. */
  readonly header?: string;
  /** What stands before the signature in it; `sha256=` unless given. */
  readonly prefix?: string;
}

// Hookshot's sentences (reference 2.9); programs show them.
export const noName = "Missing name";
export const noFunctions = "Transformation functions are not allowed";
export const nameMistake = "'name' must be a string between 3-64 characters long";
export const dateMistake = "'expirationDate' must be a non-empty string";
const yesOrNo = (key: string): string => `'${key}' must be true or false`;
const longestTemplate = 20_000;

export const stateSchema = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 3, maxLength: 64, description: "The hook's name.", examples: ["builds"], mistake: nameMistake },
    transformationFunction: {
      type: "string",
      description: "A function body in JavaScript that words the messages.",
      mistake: "'transformationFunction' must be a string",
    },
    waitForComplete: {
      type: "boolean",
      description: "Whether requests are answered only once their message is sent.",
      mistake: yesOrNo("waitForComplete"),
    },
    includeHookBody: { type: "boolean", description: "Whether messages carry the payload.", mistake: yesOrNo("includeHookBody") },
    expirationDate: { type: "string", minLength: 1, description: "From when on it takes no more requests.", mistake: dateMistake },
    template: {
      type: "string",
      minLength: 1,
      maxLength: longestTemplate,
      description: "The text of the messages as a Liquid template, in Markdown.",
      mistake: `'template' must be a text of up to ${longestTemplate} characters`,
    },
    templateHtml: {
      type: "string",
      minLength: 1,
      maxLength: longestTemplate,
      description: "The formatted text of the messages as a Liquid template, in HTML.",
      mistake: `'templateHtml' must be a text of up to ${longestTemplate} characters`,
    },
    format: {
      type: "string",
      enum: payloadFormats,
      description: "Whose payloads they are.",
      mistake: `'format' must be one of ${payloadFormats.join(", ")}`,
    },
    signature: {
      type: "object",
      description: "Requests have to be signed with the hook's secret.",
      properties: {
        header: { type: "string", pattern: "^[A-Za-z0-9-]{1,64}$", mistake: "'signature.header' must be the name of a header" },
        prefix: { type: "string", pattern: "^[!-~]{0,32}$", mistake: "'signature.prefix' must have no spaces and up to 32 characters" },
      },
      additionalProperties: false,
      mistake: "'signature' must be an object with `header` and `prefix`, or an empty one",
    },
    showUrlPreviews: {
      type: "boolean",
      description: "Whether clients show previews of links in its messages.",
      mistake: yesOrNo("showUrlPreviews"),
    },
  },
  required: ["name"],
  additionalProperties: false,
  // All that is left to be wrong at the top.
  mistake: noName,
};
