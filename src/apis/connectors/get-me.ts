import { createHash } from "node:crypto";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { ConnectorsParts } from "./parts.js";
import { meSchema } from "./schema.js";

export function createGetMe({ reading }: ConnectorsParts): Route {
  return createOperation({
    ...reading,
    method: "GET",
    path: "/api/v2/users/me",
    summary: "Tells a client who it is: what clients of this API family ask to see whether their token works.",
    answer: { description: "The token.", schema: meSchema },
    handle: ({ caller: { name } }) => ({ id: numberOf(name), email: null, name }),
  });
}

/** Clients expect a number, and tokens have none: one that stays the same as long as the name does. */
function numberOf(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE(0);
}
