import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { NoIdError, UnknownIdError } from "./errors.js";
import type { GitIntegrationsParts } from "./parts.js";
import { progressPath, progressQuery, progressSchema, texts } from "./schema.js";

export function createShowProgress({ administering, repositories }: GitIntegrationsParts): Route {
  return createOperation({
    ...administering,
    method: "GET",
    path: progressPath,
    summary: "Tells how far reading repositories again has come.",
    query: progressQuery,
    answer: { description: "How far it is.", schema: progressSchema },
    refusals: { 404: "There is no such run, repository or integration." },
    async handle({ query: { threadId, repoId } }) {
      const progress = await repositories.progress({
        ...(threadId === undefined ? {} : { threadId }),
        ...(repoId === undefined ? {} : { id: repoId }),
      });
      if (progress === undefined) throw repoId === undefined ? new NoIdError(texts.unknownThread) : new UnknownIdError(repoId);
      const { isFinished, perRepository, errors, percent } = progress;
      return {
        success: true,
        finished: isFinished,
        threadId: progress.threadId,
        messages: Object.fromEntries(Object.entries(perRepository).map(([name, each]) => [`Indexing ${name}`, each])),
        errors,
        lastOperationPercent: percent,
      };
    },
  });
}
