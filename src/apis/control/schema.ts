import type { MadeToken, NewToken, ShownToken } from "../../callers/token-desk.js";
import type { DeliveryDetail, DeliveryPage, DeliverySummary } from "../../core/ports/delivery-desk.js";
import type { KeyRotationStatus } from "../../core/ports/key-rotation.js";

export {
  devinfoForwardListSchema,
  devinfoForwardsChangedSchema,
  type DevinfoForwardList,
  type DevinfoForwardsChanged,
} from "./devinfo-forward-schema.js";
export {
  connectAppListSchema,
  connectAppRemovedSchema,
  devinfoClientListSchema,
  devinfoClientMadeSchema,
  shownConnectAppSchema,
  shownDevinfoClientSchema,
  type ConnectAppInstalled,
  type ConnectAppList,
  type ConnectAppRemoved,
  type ConnectAppWanted,
  type DevinfoClientList,
  type DevinfoClientMade,
  type DevinfoClientRevoked,
  type DevinfoClientWanted,
} from "./devinfo-client-schema.js";
export { checkControlFolder, controlSocketPath } from "./socket-path.js";
export { namedProviderSchema, providerListSchema, shownSubmissionSchema, submissionListSchema } from "./devinfo-schema.js";
export type { NamedProvider, ProviderList, ProviderRename, ShownSubmission, SubmissionList } from "./devinfo-schema.js";

/** Answer of `GET /v1/deliveries`. */
export type DeliveryList = DeliveryPage;

/** Answer of `replay` (the new delivery) and `discard` (what became of it). */
export type DeliveryChanged = DeliverySummary;

/** A stored request as JSON can carry it. */
export interface ShownRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `utf8` where the bytes are text, so that people can read it. */
  readonly encoding: "utf8" | "base64";
}

/** Answer of `GET /v1/deliveries/:id`. */
export type ShownDelivery = Omit<DeliveryDetail, "request"> & { readonly request?: ShownRequest };

/** Body of `POST /v1/tokens`. */
export type TokenWanted = NewToken;

/** Answer of `POST /v1/tokens`. */
export type TokenMade = MadeToken;

/** Answer of `GET /v1/tokens`. */
export interface TokenList {
  readonly tokens: readonly ShownToken[];
}

/** Answer of `POST /v1/tokens/:token/revoke`. */
export type TokenRevoked = ShownToken;

/** Body of `POST /v1/key-rotation`, which begins the change of the data folder's key, or goes on with it. */
export interface NewKey {
  /** Absolute path of the new key's file. */
  readonly file: string;
}

/** Answer of `POST` and `GET /v1/key-rotation`. */
export type KeyChangeStatus = KeyRotationStatus;

/** Every other answer. */
export interface ControlError {
  readonly errcode: string;
  readonly error: string;
}

const stateNames = ["waiting", "sent", "dead", "discarded"] as const;

/** Query of `GET /v1/deliveries`. */
export const listQuerySchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    state: { enum: stateNames },
    room: { type: "string", pattern: "^!", maxLength: 255 },
    after: { type: "string", minLength: 1, maxLength: 200 },
    limit: { type: "integer", minimum: 1, maximum: 500, default: 50 },
  },
} as const;

const summaryProperties = {
  id: { type: "string" },
  roomId: { type: "string" },
  state: { enum: stateNames },
  serviceId: { type: "string" },
  connectionId: { type: "string" },
  source: { type: "object", required: ["kind"], properties: { kind: { enum: ["remote-event", "command", "notice", "replay"] } } },
  acceptedAt: { type: "number" },
  endedAt: { type: "number" },
  attempts: { type: "integer" },
  lastError: { type: "string" },
  reason: { type: "string" },
} as const;

const summaryRequired = ["id", "roomId", "state", "source", "acceptedAt", "attempts"] as const;

/** For the command line: what it prints, it checked, even when the server is of another version. Further keys are allowed. */
export const deliverySummarySchema = { type: "object", required: summaryRequired, properties: summaryProperties } as const;

export const deliveryListSchema = {
  type: "object",
  required: ["deliveries"],
  properties: { deliveries: { type: "array", items: deliverySummarySchema }, next: { type: "string" } },
} as const;

export const shownDeliverySchema = {
  type: "object",
  required: [...summaryRequired, "messages", "eventIds"],
  properties: {
    ...summaryProperties,
    messages: {
      type: "array",
      items: { type: "object", required: ["type", "content"], properties: { type: { type: "string" }, content: { type: "object" } } },
    },
    eventIds: { type: "array", items: { type: "string" } },
    request: {
      type: "object",
      required: ["headers", "body", "encoding"],
      properties: {
        headers: { type: "object", additionalProperties: { type: "string" } },
        body: { type: "string" },
        encoding: { enum: ["utf8", "base64"] },
      },
    },
  },
} as const;

/** Body of `POST /v1/tokens`. A name is one line of text that neither begins nor ends with a space. */
export const tokenWantedSchema = {
  type: "object",
  required: ["name", "scopes"],
  additionalProperties: false,
  properties: {
    name: {
      type: "string",
      maxLength: 100,
      pattern: "^(?! )[^\\p{C}\\p{Zl}\\p{Zp}]+(?<! )$",
      mistake: "A name has 1 to 100 characters in one line, and no space at its ends.",
    },
    scopes: { type: "array", items: { type: "string", maxLength: 100 }, maxItems: 100 },
    targets: { type: "array", items: { type: "string", maxLength: 300 }, maxItems: 100 },
    // The last time that a date of JavaScript can tell.
    expiresAt: { type: "integer", minimum: 0, maximum: 8_640_000_000_000_000 },
  },
} as const;

const tokenProperties = {
  id: { type: "string" },
  name: { type: "string" },
  scopes: { type: "array", items: { type: "string" } },
  targets: { type: "array", items: { type: "string" } },
  createdAt: { type: "number" },
  expiresAt: { type: "number" },
  lastUsedAt: { type: "number" },
} as const;

const tokenRequired = ["id", "name", "scopes", "createdAt"] as const;

export const shownTokenSchema = { type: "object", required: tokenRequired, properties: tokenProperties } as const;

export const tokenMadeSchema = {
  type: "object",
  required: [...tokenRequired, "token"],
  properties: { ...tokenProperties, token: { type: "string", minLength: 1 } },
} as const;

export const tokenListSchema = {
  type: "object",
  required: ["tokens"],
  properties: { tokens: { type: "array", items: shownTokenSchema } },
} as const;

/** Body of `POST /v1/key-rotation`. */
export const newKeySchema = {
  type: "object",
  required: ["file"],
  additionalProperties: false,
  properties: { file: { type: "string", minLength: 1, maxLength: 4_096 } },
} as const;

export const keyChangeStatusSchema = {
  type: "object",
  required: ["state", "newFile", "oldFile", "oldSetting", "isConfigured", "checked", "reencrypted", "unreadable"],
  properties: {
    state: { enum: ["running", "done", "failed"] },
    newFile: { type: "string" },
    oldFile: { type: "string" },
    oldSetting: { enum: ["storage.keyFile", "passFile"] },
    isConfigured: { type: "boolean" },
    checked: { type: "integer" },
    reencrypted: { type: "integer" },
    unreadable: { type: "integer" },
    error: { type: "string" },
  },
} as const;
