import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { GitIntegrationsParts } from "./parts.js";
import { repositoriesPath, repositoriesQuery, repositoriesSchema } from "./schema.js";
import { showRepository } from "./show-repository.js";

export function createListRepositories({ reading, repositories }: GitIntegrationsParts): Route {
  return createOperation({
    ...reading,
    method: "GET",
    path: repositoriesPath,
    summary: "Lists the repositories that were found through integrations.",
    query: repositoriesQuery,
    answer: { description: "The repositories.", schema: repositoriesSchema },
    handle: async ({ query: { projectKey } }) => ({
      success: true,
      repositories: (await repositories.list(projectKey)).map(showRepository),
    }),
  });
}
