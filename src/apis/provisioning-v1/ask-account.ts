import type { AccountRequest, AccountRoute } from "../../core/account-route.js";
import type { ActiveService, Service } from "../../core/service.js";
import { createOperation } from "../../http/operation.js";
import type { JsonSchema, Route } from "../../http/route.js";
import { notConfigured } from "./kinds.js";
import type { ProvisioningParts } from "./parts.js";
import { userQuery } from "./schema.js";

/** Routes of a service about people's accounts. */
export function createAccountRoutes(parts: ProvisioningParts, { service, context }: ActiveService): readonly Route[] {
  return (service.accountRoutes ?? []).map((route) => createAccountOperation(parts, route, (request) => route.run(request, context)));
}

/** Those of a service that is off: whoever asks is told so. They are in no document, because they are not served. */
export function createDisabledRoutes(
  parts: ProvisioningParts,
  service: Pick<Service<unknown>, "title" | "accountRoutes">,
): readonly Route[] {
  return (service.accountRoutes ?? []).map((route) => {
    const { doc: _doc, ...undocumented } = createAccountOperation(parts, route, () => Promise.reject(notConfigured(service)));
    return undocumented;
  });
}

function createAccountOperation(
  { guarded, turns }: ProvisioningParts,
  { path, summary, description, params = {}, querySchema = {}, answerSchema }: AccountRoute<unknown>,
  run: (request: AccountRequest) => Promise<object>,
): Route {
  const wholePath: string = `/v1${path}`;
  return createOperation({
    ...guarded,
    method: "GET",
    path: wholePath,
    summary,
    ...(description === undefined ? {} : { description }),
    params: paramSchemas(path, params),
    query: withUser(querySchema),
    answer: { description: "What was asked for.", schema: answerSchema },
    refusals: {
      400: "A parameter does not fit, or the service or its logins are off.",
      403: "The token is not for this API, or the person is not logged in or has not the right.",
      404: "There is no such thing.",
      502: "The remote failed, or it took too long.",
    },
    handle: ({ params: named, query: { userId: actor, ...query } }) => turns.inTime(() => run({ actor, params: named, query })),
  });
}

interface TextSchema extends JsonSchema {
  readonly type: "string";
  readonly minLength: number;
  readonly description: string;
}

function paramSchemas(path: string, descriptions: Readonly<Record<string, string>>): Readonly<Record<string, TextSchema>> {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => String(name));
  return Object.fromEntries(names.map((name) => [name, { type: "string", minLength: 1, description: descriptions[name] ?? "" }]));
}

/** The query of the service's route, and who asks. */
function withUser({ properties, required, ...others }: JsonSchema): UserQuery {
  // The casts: it is the schema of an object.
  const own = { properties: properties as object | undefined, required: (required ?? []) as readonly string[] };
  return {
    ...others,
    type: "object",
    properties: { ...userQuery.properties, ...own.properties },
    required: [...userQuery.required, ...own.required],
  };
}

/** At least `userId`; the service knows its own. */
interface UserQuery extends JsonSchema {
  readonly properties: typeof userQuery.properties;
  readonly required: readonly string[];
}
