import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { UnknownIdError } from "./errors.js";
import { readId, type GitIntegrationsParts } from "./parts.js";
import { idParams, integrationPath, oneInListSchema } from "./schema.js";

export function createGetIntegration({ administering, integrations, show }: GitIntegrationsParts): Route {
  return createOperation({
    ...administering,
    method: "GET",
    path: integrationPath,
    summary: "Gets an integration.",
    params: idParams,
    answer: { description: "A list with the integration alone, as published.", schema: oneInListSchema },
    refusals: { 404: "There is no such integration." },
    async handle({ params }) {
      const id = readId(params.id);
      const integration = await integrations.find(id);
      if (integration === undefined) throw new UnknownIdError(id);
      return { success: true, integration: [await show(integration)] };
    },
  });
}
