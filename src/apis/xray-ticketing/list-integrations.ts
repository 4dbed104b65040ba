import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { TicketingParts } from "./parts.js";
import { integrationsPath, integrationsSchema } from "./schema.js";
import { showIntegration } from "./show-integration.js";

/** Ours: the published API has no list. */
export function createListIntegrations({ guard, integrations }: TicketingParts): Route {
  return createOperation({
    ...guard("Failed to list integrations"),
    method: "GET",
    path: integrationsPath,
    summary: "Lists the integrations, oldest first.",
    description: "An addition of Switchboard: the published API has no such request.",
    answer: { description: "The integrations.", schema: integrationsSchema },
    handle: async () => (await integrations.list()).map(showIntegration),
  });
}
