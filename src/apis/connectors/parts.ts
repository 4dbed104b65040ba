import type { Callers } from "../../callers/callers.js";
import { NotFoundError } from "../../core/errors.js";
import type { Connectors } from "../../remotes/connectors.js";
import type { Clock } from "../../shared/clock.js";
import type { Log } from "../../shared/log.js";
import type { Findings } from "../../ticketing/findings.js";
import { createAuthentication } from "./authenticate.js";
import { connectorsErrorBody, refuseConnectors } from "./errors.js";
import type { Place } from "./paging.js";
import { connectorsBasePath, connectorsTag, refusalSchema } from "./schema.js";

export interface ConnectorsApiOptions {
  readonly callers: Pick<Callers, "authenticateToken">;
  readonly connectors: Pick<
    Connectors,
    "list" | "get" | "create" | "change" | "remove" | "test" | "systemOf" | "findProblems" | "isNameTaken"
  >;
  readonly findings: Pick<Findings, "report">;
  readonly place: Place;
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<Log, "info">;
}

/** What the operations of the API share. */
export interface ConnectorsParts extends ConnectorsApiOptions {
  /** For those that may look. */
  readonly reading: ReturnType<typeof createGuard>;
  /** For those that may do everything. */
  readonly editing: ReturnType<typeof createGuard>;
  /** For those that may report findings. */
  readonly reporting: ReturnType<typeof createGuard>;
}

export function createParts(options: ConnectorsApiOptions): ConnectorsParts {
  const { reading, editing, reporting } = createAuthentication(options.callers);
  return { ...options, reading: createGuard(reading), editing: createGuard(editing), reporting: createGuard(reporting) };
}

/** What every route has. */
function createGuard(authenticate: ReturnType<typeof createAuthentication>["reading"]) {
  return {
    tag: connectorsTag.name,
    auth: "token-word",
    authenticate,
    errorBody: connectorsErrorBody,
    refuse: refuseConnectors,
    speaksBelow: connectorsBasePath,
    refusalSchema,
  } as const;
}

export const maxBodyBytes = 1_048_576;

export const idParams = { id: { type: "string", description: "The connector's `id`, in decimal figures." } } as const;

/** @throws NotFoundError for what is no id */
export function readId(text: string): number {
  const id = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (id < 1 || !Number.isSafeInteger(id)) throw noSuchConnector();
  return id;
}

export function noSuchConnector(): NotFoundError {
  return new NotFoundError("There is no such connector.");
}
