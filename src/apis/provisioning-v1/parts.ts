import type { Caller } from "../../callers/callers.js";
import { provisioningScope } from "../../core/api-scopes.js";
import type { RequestHead } from "../../http/route.js";
import { provisioningErrorBody, refuseStranger } from "./errors.js";
import type { ProvisionedKinds } from "./kinds.js";
import type { ProvisioningOptions } from "./options.js";
import { provisioningTag } from "./schema.js";
import type { Turns } from "./turns.js";

/** What the operations of the API share. */
export interface ProvisioningParts extends ProvisioningOptions {
  readonly kinds: ProvisionedKinds;
  readonly turns: Turns;
  readonly guarded: GuardedRoute;
}

/** What every route has that needs a token. */
interface GuardedRoute {
  readonly tag: string;
  readonly auth: "token";
  readonly authenticate: (request: RequestHead) => Promise<Caller>;
  readonly errorBody: typeof provisioningErrorBody;
  readonly refuse: typeof refuseStranger;
  readonly answerHeaders: Readonly<Record<string, string>>;
}

export function createGuardedRoute({ callers }: Pick<ProvisioningOptions, "callers">): GuardedRoute {
  return {
    tag: provisioningTag.name,
    auth: "token",
    // A token in the query would stand in the logs of every proxy: only the header counts.
    authenticate: ({ headers }) => callers.authenticate(headers["authorization"], provisioningScope),
    errorBody: provisioningErrorBody,
    refuse: refuseStranger,
    // What a room is connected to, secrets and addresses to log in at are nobody's in between.
    answerHeaders: { "cache-control": "no-store" },
  };
}
