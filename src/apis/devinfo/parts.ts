import type { DevinfoCaller, DevinfoCallers, DevinfoScope } from "../../callers/devinfo-callers.js";
import { NotFoundError, PermissionError } from "../../core/errors.js";
import type { Devinfo } from "../../core/ports/devinfo.js";
import type { RequestHead } from "../../http/route.js";
import type { Log } from "../../shared/log.js";
import { devinfoErrorBody, refuseDevinfo } from "./errors.js";
import type { KnownProjects } from "./find-unknown-keys.js";
import type { DevinfoIntake } from "./intake.js";
import { devinfoTag, errorMessagesSchema, type ApiPlace } from "./schema.js";
import { signedRequest, type ListenerPlace } from "./signed-request.js";

export interface DevinfoApiOptions {
  readonly callers: Pick<DevinfoCallers, "authenticate">;
  readonly devinfo: Pick<
    Devinfo,
    "record" | "readRepository" | "deleteRepository" | "deleteEntity" | "deleteByProperties" | "existsByProperties"
  >;
  readonly intake: Pick<DevinfoIntake, "reader" | "bodyBudget" | "rateLimit">;
  readonly knownProjects: KnownProjects;
  readonly cloudId: string;
  readonly maxBodyBytes: number;
  readonly place: ListenerPlace;
  readonly log: Pick<Log, "debug">;
}

/** What the operations of the API at one place share. */
export interface DevinfoParts extends DevinfoApiOptions {
  readonly at: ApiPlace;
  /** False where the documents tell of the same operations elsewhere. */
  readonly isFirst: boolean;
  /** What every route has. @param scope what its caller has to have */
  readonly guard: (scope: DevinfoScope) => ReturnType<typeof createGuard>;
  /** Schema of `cloudId`, where it stands in the path. */
  readonly placeParams: Readonly<Record<string, { readonly type: "string"; readonly description: string }>>;
}

const refusals = {
  401: "The token is missing or wrong.",
  403: "The caller lacks the scope.",
  429: "The caller's requests of this minute are used up; `Retry-After` says when to go on.",
  500: "Something went wrong; the `errorTraceId` finds it in the log.",
  503: "It could not be taken just now; `Retry-After` says when to send it again.",
} as const;

export function createParts(options: DevinfoApiOptions, at: ApiPlace, isFirst: boolean): DevinfoParts {
  const hasCloudId = at.devinfo.includes(":cloudId");
  return {
    ...options,
    at,
    isFirst,
    guard: (scope) => createGuard(options, scope, at, isFirst),
    placeParams: hasCloudId ? { cloudId: { type: "string", description: "As `GET /_edge/tenant_info` tells it." } } : {},
  };
}

/** The beginning of the place's paths that is the same for every cloud id. */
function fixedPath({ devinfo }: ApiPlace): string {
  return devinfo.split("/:", 1).join("");
}

function createGuard(options: DevinfoApiOptions, scope: DevinfoScope, at: ApiPlace, isFirst: boolean) {
  const authenticate = createAuthenticate(options);
  return {
    tag: devinfoTag.name,
    auth: "client",
    authenticate: (request: RequestHead) => authenticate(request, scope),
    accessBelow: async (request: RequestHead) => {
      await authenticate(request);
    },
    errorBody: devinfoErrorBody,
    refuse: refuseDevinfo,
    speaksBelow: fixedPath(at),
    refusalSchema: isFirst ? errorMessagesSchema : { type: "object" },
    refusals,
  } as const;
}

/** In this order: who calls, whether they may, whether not too often, and whether the place is ours. */
function createAuthenticate({ callers, intake, cloudId, place }: DevinfoApiOptions) {
  return async (request: RequestHead, scope?: DevinfoScope): Promise<DevinfoCaller> => {
    const caller = await callers.authenticate(signedRequest(request, place));
    if (scope !== undefined && !caller.scopes.has(scope)) throw new PermissionError(`The caller lacks the scope ${scope}.`);
    intake.rateLimit?.take(caller.name);
    const asked = request.params["cloudId"];
    if (asked !== undefined && asked !== cloudId) throw new NotFoundError("There is no such cloud id.");
    return caller;
  };
}
