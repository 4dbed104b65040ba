import type { Repository } from "../../repositories/repositories.js";

/** A repository as programs see it. What is undefined is left out of the answer. */
export function showRepository(repository: Repository): object {
  const { counts } = repository;
  return {
    id: repository.id,
    integrationId: repository.integrationId,
    name: repository.name,
    displayName: repository.displayName,
    root: repository.root,
    origin: repository.origin,
    disabled: repository.isDisabled,
    global: repository.isGlobal,
    projectMappingIds: repository.projectMappingIds,
    lastIndexedDate: repository.lastIndexedAt,
    indexing: repository.isIndexing,
    commits: counts.commits,
    branches: counts.branches,
    tags: counts.tags,
    pullRequests: counts.pullRequests,
    lastError: repository.lastError,
  };
}
