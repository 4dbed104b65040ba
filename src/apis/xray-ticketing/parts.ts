import type { Caller, Callers } from "../../callers/callers.js";
import type { ErrorBody, JsonSchema, RequestHead } from "../../http/route.js";
import type { TicketingIntegrations } from "../../remotes/ticketing.js";
import type { Clock } from "../../shared/clock.js";
import type { Log } from "../../shared/log.js";
import { createErrorBody, refuseTicketing } from "./errors.js";
import { refusalSchema, ticketingBasePath, ticketingScope, ticketingTag } from "./schema.js";

export interface TicketingApiOptions {
  readonly callers: Pick<Callers, "authenticate">;
  readonly integrations: Pick<TicketingIntegrations, "list" | "find" | "create" | "update" | "remove" | "check">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<Log, "info">;
}

/** What the operations of the API share. */
export interface TicketingParts extends TicketingApiOptions {
  /** What every route has. @param failed what an inner failure of it is called: `Failed to create integration` */
  readonly guard: (failed: string) => Guard;
}

interface Guard {
  readonly tag: string;
  readonly auth: "token";
  readonly authenticate: (request: RequestHead) => Promise<Caller>;
  readonly errorBody: ErrorBody;
  readonly refuse: typeof refuseTicketing;
  readonly refusalSchema: JsonSchema;
  readonly speaksBelow: string;
  readonly refusals: Readonly<Record<number, string>>;
}

export function createParts(options: TicketingApiOptions): TicketingParts {
  return {
    ...options,
    guard: (failed) => ({
      tag: ticketingTag.name,
      auth: "token",
      authenticate: ({ headers }) => options.callers.authenticate(headers["authorization"], ticketingScope),
      errorBody: createErrorBody(failed),
      refuse: refuseTicketing,
      refusalSchema,
      speaksBelow: ticketingBasePath,
      refusals: { 500: `${failed}; the \`id\` finds it in the log.` },
    }),
  };
}

export const bodyLimits = { maxBytes: 1_048_576, accepts: ["application/json"] } as const;
