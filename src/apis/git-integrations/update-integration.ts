import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { UnknownIdError } from "./errors.js";
import { bodyLimits, readId, type GitIntegrationsParts } from "./parts.js";
import { readChange, unfit } from "./read-integration.js";
import { changeSchema, idParams, integrationPath, oneSchema } from "./schema.js";

export function createUpdateIntegration({ administering, integrations, show, log }: GitIntegrationsParts): Route {
  return createOperation({
    ...administering,
    method: "PUT",
    path: integrationPath,
    summary: "Changes an integration.",
    params: idParams,
    body: { ...bodyLimits, schema: changeSchema },
    answer: { description: "The integration as it is now.", schema: oneSchema },
    refusals: {
      400: "The body does not fit, the integration would not, or a credential is needed; the error names the fields.",
      404: "There is no such integration.",
    },
    async handle({ params, body, caller }) {
      const id = readId(params.id);
      const outcome = await integrations.change(id, readChange(body));
      if (outcome.kind === "unknown") throw new UnknownIdError(id);
      if (outcome.kind === "unfit") throw unfit(outcome.problems);
      if (outcome.kind === "changed") log.info({ caller: caller.name, integrationId: id }, "A program changed a Git integration");
      return { success: true, integration: await show(outcome.integration) };
    },
  });
}
