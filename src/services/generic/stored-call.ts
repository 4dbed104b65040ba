import { createHash } from "node:crypto";
import type { StoredWebhook, WebhookRequest } from "../../core/service.js";
import type { Flavour } from "./call.js";
import type { Carried } from "./decode.js";
import { hookRoutingKey } from "./hook-id.js";

/*
 * What is kept of a request: its body (of a GET its query, which is the payload) and what is needed to read it again. The hook's id stays
 * out: it stands in the store only as a hash, like the key by which a sender tells that it repeats itself.
 */

const longestHeader = 255;

/** A stored request. */
export interface StoredCall extends Carried {
  readonly routingKey: string;
  readonly flavour: Flavour;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Its hook was not known yet, so nobody asked for its signature. */
  readonly isUnverified: boolean;
  /** Equal for a repeat. */
  readonly idempotencyKey: string | undefined;
}

/** @param isUnverified its hook is not known yet */
export function storeCall(request: WebhookRequest, receivedAt: number, isUnverified: boolean): StoredWebhook {
  const { method, path, params, query, headers, body } = request;
  // The one that a signature covers goes first: whoever replays a signed request could change the other.
  const key = headers["webhook-id"] || headers["idempotency-key"];
  return {
    headers: {
      "routing-key": hookRoutingKey(params["hookId"] ?? ""),
      "received-at": String(receivedAt),
      method,
      flavour: flavourOf(path),
      ...kept("content-type", headers["content-type"]),
      ...kept("content-encoding", headers["content-encoding"]),
      ...(key === undefined || key === "" ? {} : { idempotency: createHash("sha256").update(key).digest("base64url") }),
      ...(isUnverified ? { unverified: "yes" } : {}),
    },
    body: method === "GET" ? Buffer.from(query.toString()) : body,
  };
}

/** Undefined for what was not stored by `storeCall`. */
export function readStoredCall({ headers, body }: StoredWebhook): StoredCall | undefined {
  const { "routing-key": routingKey, "received-at": receivedAt, method = "POST", flavour } = headers;
  if (routingKey === undefined || receivedAt === undefined) return undefined;
  return {
    ...{ routingKey, method, body },
    flavour: flavour === "slack" || flavour === "discord" ? flavour : "plain",
    receivedAt: Number(receivedAt),
    contentType: headers["content-type"],
    contentEncoding: headers["content-encoding"],
    idempotencyKey: headers["idempotency"],
    isUnverified: headers["unverified"] !== undefined,
  };
}

/** Paths below `/webhook/`; everything else that comes here is Hookshot's older form of them. */
export function isBelowWebhook(path: string): boolean {
  return /^\/webhook\/[^/]/i.test(path);
}

/** Below `/webhook/` only, and only behind an id: a hook of the configuration may itself be called `slack`. */
function flavourOf(path: string): Flavour {
  const [, word] = /^\/webhook\/[^/]+\/(slack|discord)\/?$/i.exec(path) ?? [];
  return word === undefined ? "plain" : word.toLowerCase() === "slack" ? "slack" : "discord";
}

function kept(name: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined ? {} : { [name]: value.slice(0, longestHeader) };
}
