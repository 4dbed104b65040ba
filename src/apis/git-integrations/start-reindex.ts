import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { compileSchema } from "../../shared/validate.js";
import { UnknownIdError } from "./errors.js";
import { bodyLimits, type GitIntegrationsParts } from "./parts.js";
import { readValid } from "./read-integration.js";
import { reindexAnswerSchema, reindexPath, reindexSchema } from "./schema.js";

interface SentReindex {
  readonly repoId?: number;
  /** The schema has its default. */
  readonly priority: number;
  /** Ours. */
  readonly full?: boolean;
}

const validate = compileSchema<SentReindex>(reindexSchema);

export function createStartReindex({ administering, repositories, log }: GitIntegrationsParts): Route {
  return createOperation({
    ...administering,
    method: "POST",
    path: reindexPath,
    summary: "Reads what is new in a repository, in all of an integration's, or everywhere.",
    description: "It happens behind the answer; `index.json` tells how far it is. No body at all stands for everywhere.",
    body: { ...bodyLimits, schema: reindexSchema },
    answer: { description: "It is begun.", schema: reindexAnswerSchema },
    refusals: { 404: "There is no such repository or integration." },
    async handle({ body = {}, caller }) {
      const { repoId, priority, full } = readValid(validate, body);
      const threadId = await repositories.reindex(repoId, priority, full === true ? "everything" : "new");
      if (threadId === undefined) throw new UnknownIdError(repoId ?? 0);
      log.info({ caller: caller.name, id: repoId, threadId }, "A program asked for repositories to be read again");
      return { success: true, finished: false, threadId };
    },
  });
}
