import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { UnknownIdError } from "./errors.js";
import { bodyTypeRefusal, readId, type GitIntegrationsParts } from "./parts.js";
import { deleteQuery, idParams, integrationPath, successSchema } from "./schema.js";

export function createDeleteIntegration({ administering, integrations, log }: GitIntegrationsParts): Route {
  return createOperation({
    ...administering,
    method: "DELETE",
    path: integrationPath,
    summary: "Removes an integration, with the repositories that were found through it and what was read of them.",
    params: idParams,
    query: deleteQuery,
    answer: { description: "It is gone.", schema: successSchema },
    refusals: { ...bodyTypeRefusal, 404: "There is no such integration." },
    async handle({ params, caller }) {
      const id = readId(params.id);
      if ((await integrations.remove(id)) === undefined) throw new UnknownIdError(id);
      log.info({ caller: caller.name, integrationId: id }, "A program removed a Git integration");
      return { success: true };
    },
  });
}
