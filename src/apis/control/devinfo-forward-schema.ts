import type { ForwardOverview } from "../../devinfo/forwards.js";

/** Answer of `GET /v1/devinfo/forwards`. */
export type DevinfoForwardList = ForwardOverview;

/** Answer of `POST /v1/devinfo/forwards/:id/replay` and `/discard`. */
export interface DevinfoForwardsChanged {
  readonly count: number;
}

const forwardProperties = {
  id: { type: "string" },
  provider: { type: "string" },
  acceptedAt: { type: "number" },
  request: { type: "string" },
  bytes: { type: "number" },
} as const;

const forwardRequired = ["id", "provider", "acceptedAt", "request", "bytes"] as const;

const backlogSchema = {
  type: "object",
  required: ["count", "bytes"],
  properties: { count: { type: "number" }, bytes: { type: "number" } },
} as const;

const targetSchema = {
  type: "object",
  required: ["id", "url", "clientId", "waiting", "dead"],
  properties: {
    id: { type: "string" },
    url: { type: "string" },
    clientId: { type: "string" },
    from: { type: "array", items: { type: "string" } },
    waiting: backlogSchema,
    dead: backlogSchema,
    oldest: { type: "object", required: forwardRequired, properties: forwardProperties },
    failure: { type: "object", required: ["reason", "at"], properties: { reason: { type: "string" }, at: { type: "number" } } },
  },
} as const;

export const devinfoForwardListSchema = {
  type: "object",
  required: ["targets", "dead"],
  properties: {
    targets: { type: "array", items: targetSchema },
    dead: {
      type: "array",
      items: {
        type: "object",
        required: [...forwardRequired, "target", "reason", "diedAt"],
        properties: { ...forwardProperties, target: { type: "string" }, reason: { type: "string" }, diedAt: { type: "number" } },
      },
    },
  },
} as const;

export const devinfoForwardsChangedSchema = { type: "object", required: ["count"], properties: { count: { type: "integer" } } } as const;
