import { NotFoundError, ValidationError, type SwitchboardError } from "../../core/errors.js";
import { createOperation, type OperationInput } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { Caller } from "../../callers/callers.js";
import type { TicketingChange } from "../../remotes/ticketing.js";
import { bodyLimits, type TicketingParts } from "./parts.js";
import { readChange } from "./read-integration.js";
import { describeRefusal } from "./refusals.js";
import { changeSchema, infoSchema, integrationPath, integrationsPath, namedChangeSchema, nameParams, texts } from "./schema.js";

/** The published pages have the name in the path, and a client of the same vendor in the body alone. */
export function createUpdateIntegration(parts: TicketingParts): readonly Route[] {
  const guarded = parts.guard("Failed to update integration");
  const common = {
    ...guarded,
    method: "PUT",
    summary: "Changes an integration.",
    description: "The tracker is asked first, with what is sent and what stays; where it refuses or cannot be reached nothing is changed.",
    answer: { description: "It is changed.", schema: infoSchema },
    refusals: {
      ...guarded.refusals,
      400: "The body does not fit, a password is needed, or the tracker refused or could not be reached with these values.",
      404: "There is no such integration.",
    },
  } as const;
  return [
    createOperation({
      ...common,
      path: integrationPath,
      params: nameParams,
      body: { ...bodyLimits, schema: changeSchema },
      handle: ({ params, body, caller }) => update(parts, { pathName: params.name, body, caller }),
    }),
    createOperation({
      ...common,
      path: integrationsPath,
      body: { ...bodyLimits, schema: namedChangeSchema },
      handle: ({ body, caller }) => update(parts, { pathName: undefined, body, caller }),
    }),
  ];
}

interface UpdateInput extends Pick<OperationInput<unknown, unknown, Caller>, "body" | "caller"> {
  readonly pathName: string | undefined;
}

async function update({ integrations, log }: TicketingParts, { pathName, body, caller }: UpdateInput): Promise<object> {
  const { name, patch } = readChange(body, pathName);
  const outcome = await integrations.update(name, patch);
  if (outcome.kind !== "changed") throw refusalOf(outcome);
  log.info({ caller: caller.name, name }, "A program changed a ticketing integration");
  return { info: texts.updated };
}

function refusalOf(outcome: Exclude<TicketingChange, { readonly kind: "changed" }>): SwitchboardError {
  switch (outcome.kind) {
    case "unknown":
      return new NotFoundError(texts.nothingToChange);
    case "password needed":
      return new ValidationError(texts.passwordNeeded);
    case "target refused":
    case "not connected":
      return new ValidationError(describeRefusal(outcome));
  }
}
