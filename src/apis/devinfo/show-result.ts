import type { DevinfoEntityType, DevinfoEntry } from "../../core/devinfo.js";
import type { RefusedDevinfo } from "../../core/ports/devinfo.js";
import type { ReadSubmission } from "./read-submission.js";

interface ShownError {
  readonly message: string;
}

type List = "commits" | "branches" | "pullRequests";

const lists: Readonly<Record<DevinfoEntityType, List>> = { commit: "commits", branch: "branches", pull_request: "pullRequests" };

/**
 * `StoreDevinfoResult` of the contract. What is older than what is stored is accepted all the same: to pass over it is what the contract asks
 * for. Ids may be words such as `__proto__`, so objects are made of pairs.
 */
export function showResult({ repositories, refused, issues }: ReadSubmission, unknownIssueKeys: readonly string[]): object {
  return {
    acceptedDevinfoEntities: Object.fromEntries(repositories.map(({ id, entries }) => [id, showAccepted(entries)])),
    failedDevinfoEntities: Object.fromEntries(groupByRepository(refused).map(([id, group]) => [id, showFailed(group)])),
    unknownIssueKeys,
    ...(issues.unknownAssociations.length === 0 ? {} : { unknownAssociations: issues.unknownAssociations }),
  };
}

function showAccepted(entries: readonly DevinfoEntry[]): Readonly<Record<List, readonly string[]>> {
  const ids: Record<List, string[]> = { commits: [], branches: [], pullRequests: [] };
  for (const { type, id } of entries) ids[lists[type]].push(id);
  return ids;
}

function groupByRepository(refused: readonly RefusedDevinfo[]): readonly (readonly [string, readonly RefusedDevinfo[]])[] {
  const groups = new Map<string, RefusedDevinfo[]>();
  for (const each of refused) {
    const group = groups.get(each.repositoryId);
    if (group === undefined) groups.set(each.repositoryId, [each]);
    else group.push(each);
  }
  return [...groups];
}

/** Members for what was refused alone. */
function showFailed(refused: readonly RefusedDevinfo[]): object {
  const shown: Partial<Record<List, object[]>> & { errorMessages?: readonly ShownError[] } = {};
  for (const { type, id, messages } of refused) {
    const errorMessages = messages.map((message) => ({ message }));
    if (type === undefined) shown.errorMessages = errorMessages;
    else (shown[lists[type]] ??= []).push({ id, errorMessages });
  }
  return shown;
}
