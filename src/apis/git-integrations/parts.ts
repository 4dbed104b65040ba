import type { Caller, Callers } from "../../callers/callers.js";
import type { ErrorBody, JsonSchema, RequestHead } from "../../http/route.js";
import type { GitIntegration } from "../../remotes/git-integration.js";
import type { GitIntegrations } from "../../remotes/git-integrations.js";
import type { Repositories } from "../../repositories/repositories.js";
import type { Log } from "../../shared/log.js";
import { createAuthentication } from "./authenticate.js";
import { gitIntegrationsErrorBody, NoIdError, refuseGitIntegrations } from "./errors.js";
import { gitIntegrationsBasePath, gitIntegrationsTag, refusalSchema, texts } from "./schema.js";
import { showIntegration } from "./show-integration.js";

export interface GitIntegrationsApiOptions {
  readonly callers: Pick<Callers, "authenticate" | "authenticateToken">;
  readonly integrations: Pick<GitIntegrations, "all" | "find" | "create" | "change" | "remove">;
  readonly repositories: Pick<Repositories, "list" | "setDisabled" | "lastIndexedAt" | "reindex" | "progress">;
  readonly log: Pick<Log, "info">;
}

/** What the operations of the API share. */
export interface GitIntegrationsParts extends GitIntegrationsApiOptions {
  /** For those that may list repositories. */
  readonly reading: Guard;
  /** For those that may do everything. */
  readonly administering: Guard;
  /** An integration as programs see it. */
  readonly show: (integration: GitIntegration) => Promise<object>;
}

interface Guard {
  readonly tag: string;
  readonly auth: "token";
  readonly authenticate: (request: RequestHead) => Promise<Caller>;
  readonly errorBody: ErrorBody;
  readonly refuse: typeof refuseGitIntegrations;
  readonly refusalSchema: JsonSchema;
  readonly speaksBelow: string;
}

export function createParts(options: GitIntegrationsApiOptions): GitIntegrationsParts {
  const { reading, administering } = createAuthentication(options.callers);
  return {
    ...options,
    reading: createGuard(reading),
    administering: createGuard(administering),
    show: async (integration) => showIntegration(integration, await options.repositories.lastIndexedAt(integration.id)),
  };
}

/** What every route has. */
function createGuard(authenticate: Guard["authenticate"]): Guard {
  return {
    tag: gitIntegrationsTag.name,
    auth: "token",
    authenticate,
    errorBody: gitIntegrationsErrorBody,
    refuse: refuseGitIntegrations,
    refusalSchema,
    speaksBelow: gitIntegrationsBasePath,
  };
}

export const bodyLimits = { maxBytes: 1_048_576, accepts: ["application/json"] } as const;

/** Refusals of requests whose body would not be read. */
export const bodyTypeRefusal = { 415: "A body of another type than application/json was sent." } as const;

/** @param text may end in `.json`, as paths may. @throws NoIdError for what is no id */
export function readId(text: string): number {
  const [, figures] = /^(-?\d{1,16})(?:\.json)?$/i.exec(text) ?? [];
  const id = Number(figures);
  if (!Number.isSafeInteger(id)) throw new NoIdError(texts.noIntegerId);
  return id;
}
