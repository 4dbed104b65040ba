import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { bodyLimits, type GitIntegrationsParts } from "./parts.js";
import { readNewIntegration, unfit } from "./read-integration.js";
import { integrationsPath, newIntegrationSchema, oneSchema } from "./schema.js";

export function createCreateIntegration({ administering, integrations, show, log }: GitIntegrationsParts): Route {
  return createOperation({
    ...administering,
    method: "POST",
    path: integrationsPath,
    summary: "Registers an integration.",
    description: "The host is not asked before the answer: its repositories are listed and read behind it.",
    body: { ...bodyLimits, schema: newIntegrationSchema },
    answer: { description: "The integration, stored.", schema: oneSchema },
    refusals: { 400: "The body does not fit; the error names the fields." },
    async handle({ body, caller }) {
      const outcome = await integrations.create(readNewIntegration(body));
      if (outcome.kind === "unfit") throw unfit(outcome.problems);
      const { id, type } = outcome.integration;
      log.info({ caller: caller.name, integrationId: id, type }, "A program registered a Git integration");
      return { success: true, integration: await show(outcome.integration) };
    },
  });
}
