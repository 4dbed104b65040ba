import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { GitIntegrationsParts } from "./parts.js";
import { integrationsPath, manySchema } from "./schema.js";

export function createListIntegrations({ administering, integrations, show }: GitIntegrationsParts): Route {
  return createOperation({
    ...administering,
    method: "GET",
    path: integrationsPath,
    summary: "Lists the integrations, oldest first.",
    answer: { description: "The integrations.", schema: manySchema },
    async handle() {
      const shown: object[] = [];
      // One after the other: there may be many.
      for (const integration of await integrations.all()) shown.push(await show(integration));
      return { success: true, integrations: shown };
    },
  });
}
