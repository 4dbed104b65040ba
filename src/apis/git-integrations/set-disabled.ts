import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { UnknownIdError } from "./errors.js";
import { bodyTypeRefusal, readId, type GitIntegrationsParts } from "./parts.js";
import { unfit } from "./read-integration.js";
import { disablePath, disableQuery, eitherIdParams, successSchema } from "./schema.js";

export function createSetDisabled(parts: GitIntegrationsParts): Route {
  return createOperation({
    ...parts.administering,
    method: "PUT",
    path: disablePath,
    summary: "Disables or enables an integration with all of its repositories, or one repository.",
    params: eitherIdParams,
    query: disableQuery,
    answer: { description: "It is so, whether or not it was before.", schema: successSchema },
    refusals: { ...bodyTypeRefusal, 404: "There is no such integration or repository." },
    async handle({ params, query: { disable }, caller }) {
      const id = readId(params.id);
      await setDisabled(parts, id, disable);
      parts.log.info({ caller: caller.name, id, isDisabled: disable }, "A program disabled or enabled a Git integration or repository");
      return { success: true };
    },
  });
}

/** Integrations and repositories have ids of one sequence. */
async function setDisabled({ integrations, repositories }: GitIntegrationsParts, id: number, disabled: boolean): Promise<void> {
  const outcome = await integrations.change(id, { settings: { disabled }, secrets: {} });
  if (outcome.kind === "unfit") throw unfit(outcome.problems);
  if (outcome.kind === "unknown" && !(await repositories.setDisabled(id, disabled))) throw new UnknownIdError(id);
}
