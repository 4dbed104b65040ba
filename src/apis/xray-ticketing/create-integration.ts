import { ValidationError } from "../../core/errors.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { TicketingCreation } from "../../remotes/ticketing.js";
import { bodyLimits, type TicketingParts } from "./parts.js";
import { readNewIntegration } from "./read-integration.js";
import { describeRefusal } from "./refusals.js";
import { infoSchema, integrationsPath, newIntegrationSchema, texts } from "./schema.js";

export function createCreateIntegration({ guard, integrations, log }: TicketingParts): Route {
  const guarded = guard("Failed to create integration");
  return createOperation({
    ...guarded,
    method: "POST",
    path: integrationsPath,
    summary: "Registers an integration.",
    description: "The tracker is asked first; where it refuses or cannot be reached nothing is stored.",
    body: { ...bodyLimits, schema: newIntegrationSchema },
    answer: { description: "It is stored.", schema: infoSchema },
    refusals: {
      ...guarded.refusals,
      400: "The body does not fit, the name is taken, or the tracker refused or could not be reached with these values.",
    },
    async handle({ body, caller }) {
      const draft = readNewIntegration(body);
      const outcome = await integrations.create(draft);
      if (outcome.kind !== "created") throw refusalOf(outcome, draft.name);
      log.info({ caller: caller.name, name: draft.name }, "A program registered a ticketing integration");
      return { info: texts.created };
    },
  });
}

function refusalOf(outcome: Exclude<TicketingCreation, { readonly kind: "created" }>, name: string): ValidationError {
  return new ValidationError(
    outcome.kind === "name taken" ? `An integration with the connection name ${name} already exists` : describeRefusal(outcome),
  );
}
