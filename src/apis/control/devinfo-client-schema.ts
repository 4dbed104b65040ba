import type { AppToInstall, RemovedConnectApp, ShownConnectApp } from "../../callers/connect-app-desk.js";
import type { MadeDevinfoClient, NewDevinfoClient, ShownDevinfoClient } from "../../callers/devinfo-client-desk.js";

/** Body of `POST /v1/devinfo-clients`. */
export type DevinfoClientWanted = NewDevinfoClient;

/** Answer of `POST /v1/devinfo-clients`, and of `rotate`. */
export type DevinfoClientMade = MadeDevinfoClient;

/** Answer of `GET /v1/devinfo-clients`. */
export interface DevinfoClientList {
  readonly clients: readonly ShownDevinfoClient[];
}

/** Answer of `POST /v1/devinfo-clients/:client/revoke`. */
export type DevinfoClientRevoked = ShownDevinfoClient;

/** Body of `POST /v1/connect-apps`. */
export type ConnectAppWanted = AppToInstall;

/** Answer of `POST /v1/connect-apps`. */
export type ConnectAppInstalled = ShownConnectApp;

/** Answer of `GET /v1/connect-apps`. */
export interface ConnectAppList {
  readonly apps: readonly ShownConnectApp[];
}

/** Answer of `POST /v1/connect-apps/:key/remove`. */
export type ConnectAppRemoved = RemovedConnectApp;

// What a scope, a provider and an instance may be called, the product folder says in sentences of its own.
const scopes = { type: "array", maxItems: 10, items: { type: "string", maxLength: 100 } } as const;
const name = { type: "string", minLength: 1, maxLength: 255 } as const;

export const devinfoClientWantedSchema = {
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: { name, scopes, provider: name, instance: name },
} as const;

export const connectAppWantedSchema = {
  type: "object",
  required: ["descriptorUrl"],
  additionalProperties: false,
  properties: {
    descriptorUrl: { type: "string", minLength: 1, maxLength: 2000 },
    scopes,
    provider: name,
    instance: name,
    isReinstall: { type: "boolean" },
    isKeySigned: { type: "boolean" },
    allowsHttp: { type: "boolean" },
  },
} as const;

const callerProperties = {
  scopes: { type: "array", items: { type: "string" } },
  provider: { type: "string" },
  instance: { type: "string" },
  createdAt: { type: "number" },
  isShadowed: { type: "boolean" },
} as const;

const callerRequired = ["scopes", "provider", "createdAt"] as const;

const clientProperties = { ...callerProperties, clientId: { type: "string" }, rotatedAt: { type: "number" } } as const;

export const shownDevinfoClientSchema = {
  type: "object",
  required: [...callerRequired, "clientId"],
  properties: clientProperties,
} as const;

export const devinfoClientMadeSchema = {
  type: "object",
  required: [...callerRequired, "clientId", "clientSecret"],
  properties: { ...clientProperties, clientSecret: { type: "string", minLength: 1 } },
} as const;

export const devinfoClientListSchema = {
  type: "object",
  required: ["clients"],
  properties: { clients: { type: "array", items: shownDevinfoClientSchema } },
} as const;

const appProperties = {
  ...callerProperties,
  key: { type: "string" },
  title: { type: "string" },
  baseUrl: { type: "string" },
  state: { enum: ["installed", "unknown"] },
} as const;

const appRequired = [...callerRequired, "key", "baseUrl", "state"] as const;

export const shownConnectAppSchema = { type: "object", required: appRequired, properties: appProperties } as const;

export const connectAppListSchema = {
  type: "object",
  required: ["apps"],
  properties: { apps: { type: "array", items: shownConnectAppSchema } },
} as const;

export const connectAppRemovedSchema = {
  type: "object",
  required: appRequired,
  properties: {
    ...appProperties,
    told: {
      type: "object",
      required: ["isTaken"],
      properties: { isTaken: { type: "boolean" }, sentence: { type: "string" } },
    },
  },
} as const;
