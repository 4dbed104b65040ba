import { NotFoundError } from "../../core/errors.js";
import { createOperation } from "../../http/operation.js";
import type { Answer, ErrorBody, Route } from "../../http/route.js";
import type { TicketingHealth } from "../../remotes/ticketing.js";
import { refuseTicketing } from "./errors.js";
import type { TicketingParts } from "./parts.js";
import { refusalSchema, statusPath, statusQuery, statusSchema, statusWords, texts } from "./schema.js";

/** Its answers have the same four members, whatever came of it; only who may not ask gets the API's usual refusal. */
export function createCheckStatus({ guard, integrations, clock }: TicketingParts): Route {
  const describe = (word: keyof typeof statusWords, reason: string, integrationName: string, at = clock.now()): object => ({
    status: statusWords[word],
    reason,
    time: formatTime(at),
    integration_name: integrationName,
  });

  const refuse: NonNullable<Route["refuse"]> = (error, request): Answer | undefined => {
    // No name, or two.
    if (error.code === "HS_BAD_VALUE") return { status: 400, body: describe("faulty", error.message, "") };
    if (error.code === "HS_NOTFOUND") return { status: 404, body: describe("unknown", error.message, nameIn(request.query)) };
    return refuseTicketing(error, request);
  };
  const guarded = guard(failed);
  const errorBody: ErrorBody = (failure, request) =>
    failure.id === undefined
      ? guarded.errorBody(failure, request)
      : { status: 500, body: { ...describe("failed", failed, nameIn(request.query)), id: failure.id } };

  return createOperation({
    ...guarded,
    refuse,
    errorBody,
    method: "GET",
    path: statusPath,
    summary: "Tells whether an integration works.",
    description: "The tracker is asked just now, unless `ticketing.verifyConnection` is off.",
    query: statusQuery,
    answer: { description: "What came of it: it works, or it does not.", schema: statusSchema },
    refusals: { ...guarded.refusals, 404: "There is no such integration." },
    refusalSchema: { anyOf: [statusSchema, refusalSchema] },
    async handle({ query: { integrationName } }) {
      const health = await integrations.check(integrationName);
      if (health === undefined) throw new NotFoundError(texts.unknown);
      return describe(health.isGood ? "healthy" : "faulty", reasonOf(health), integrationName, health.at);
    },
  });
}

const failed = "Failed to retrieve integration status";

function reasonOf({ isVerified, reason }: TicketingHealth): string {
  return reason ?? (isVerified ? texts.healthy : texts.unverified);
}

function nameIn(query: URLSearchParams): string {
  return query.get("integrationName") ?? "";
}

/** RFC 3339 to the second, as the published examples have it. */
function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
