import { NotFoundError } from "../../core/errors.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { TicketingParts } from "./parts.js";
import { detailsPath, integrationPath, integrationSchema, nameParams, texts } from "./schema.js";
import { showIntegration } from "./show-integration.js";

/** The published pages have the one path, and a client of the same vendor the other. */
export function createGetIntegration({ guard, integrations }: TicketingParts): readonly Route[] {
  const guarded = guard("Failed to get integration");
  return [detailsPath, integrationPath].map((path) =>
    createOperation({
      ...guarded,
      method: "GET",
      path,
      summary: "Gets an integration.",
      params: nameParams,
      answer: { description: "The integration, without its password.", schema: integrationSchema },
      refusals: { ...guarded.refusals, 404: "There is no such integration." },
      async handle({ params: { name } }) {
        const integration = await integrations.find(name);
        if (integration === undefined) throw new NotFoundError(texts.unknown);
        return showIntegration(integration);
      },
    }),
  );
}
