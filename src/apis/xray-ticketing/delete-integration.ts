import { NotFoundError } from "../../core/errors.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { TicketingParts } from "./parts.js";
import { infoSchema, integrationPath, nameParams, texts } from "./schema.js";

export function createDeleteIntegration({ guard, integrations, log }: TicketingParts): Route {
  const guarded = guard("Failed to delete integration");
  return createOperation({
    ...guarded,
    method: "DELETE",
    path: integrationPath,
    summary: "Removes an integration, also one that is in use.",
    params: nameParams,
    answer: { description: "It is gone.", schema: infoSchema },
    refusals: { ...guarded.refusals, 404: "There is no such integration." },
    async handle({ params: { name }, caller }) {
      if (!(await integrations.remove(name))) throw new NotFoundError(texts.nothingToChange);
      log.info({ caller: caller.name, name }, "A program removed a ticketing integration");
      return { info: texts.deleted };
    },
  });
}
