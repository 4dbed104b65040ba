import { NotFoundError } from "../../core/errors.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { isId } from "./own-fields.js";
import type { DevinfoParts } from "./parts.js";
import { elsewhereSchema, repositoryParams, storedRepositorySchema } from "./schema.js";
import { showRepository } from "./show-repository.js";

export function createGetRepository({ at, isFirst, guard, placeParams, devinfo }: DevinfoParts): Route {
  const { accessBelow, ...reading } = guard("READ");
  return {
    ...createOperation({
      ...reading,
      method: "GET",
      path: `${at.devinfo}/repository/:repositoryId`,
      summary: "Gets a repository with the 400 entities that have the highest sequences.",
      params: { ...placeParams, ...repositoryParams },
      answer: {
        description: "The repository.",
        headers: { "content-type": "application/json" },
        schema: isFirst ? storedRepositorySchema : elsewhereSchema,
      },
      refusals: { ...reading.refusals, 404: "Nothing is stored of it." },
      async handle({ params: { repositoryId }, caller }) {
        const repository = isId(repositoryId) ? await devinfo.readRepository(caller.provider, repositoryId) : undefined;
        if (repository === undefined) throw new NotFoundError("There is no such repository.");
        return showRepository(repository);
      },
    }),
    accessBelow,
  };
}
