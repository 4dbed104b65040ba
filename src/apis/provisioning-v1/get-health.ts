import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { noContentSchema, provisioningTag } from "./schema.js";

/** Answers whoever asks, with whatever token, or none. */
export function createGetHealth(): Route {
  return createOperation({
    method: "GET",
    path: "/v1/health",
    tag: provisioningTag.name,
    summary: "Tells that the API is served.",
    answer: { description: "It is.", schema: noContentSchema },
    handle: () => ({}),
  });
}
