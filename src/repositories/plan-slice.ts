import { gitIntegrationsProvider as provider, type DevinfoEntityType, type DevinfoSubmission } from "../core/devinfo.js";
import { toSubmitted } from "../core/devinfo-entry.js";
import type { EntityAddress } from "../core/ports/devinfo.js";
import type { IndexedIntegration } from "../core/ports/git-integrations.js";
import type { CountedThing, RepositoryCounts, StoredRepository } from "../core/ports/repository-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ReadPullRequest, RepositorySlice } from "../core/repository-host.js";
import { entityId } from "../vocabulary/entity-id.js";
import type { IndexParts } from "./parts.js";
import { toDevinfoBranch, toDevinfoCommit, toDevinfoPullRequest, toDevinfoRepository, type Mapping } from "../vocabulary/to-devinfo.js";
import { matchTyped } from "./typed-pattern.js";

export type SliceParts = Pick<IndexParts, "repositories" | "devinfo">;

export interface SlicePlan {
  readonly submission: DevinfoSubmission;
  /** Entities that are there no more. */
  readonly remove: readonly EntityAddress[];
  /** What else the slice changes, its cursor included: to be committed in one batch with the two above. */
  readonly changes: readonly StoreChange[];
}

const nothingCounted: RepositoryCounts = { commits: 0, branches: 0, tags: 0, pullRequests: 0 };
const branchesAtOnce = 500;

/** What is passed over and what counts: when it changes, everything has to be read again. */
export function readingRules({ tagsFilter = "", prHideFilter = "" }: IndexedIntegration): string {
  return JSON.stringify([tagsFilter, prHideFilter]);
}

/** The repository as if nothing had been read of it; what is stored of it stays, and is replaced as it is read. */
export function atBeginning({ cursor: _cursor, ...repository }: StoredRepository, integration: IndexedIntegration): StoredRepository {
  return { ...repository, generation: repository.generation + 1, readWith: readingRules(integration), counts: nothingCounted };
}

/**
 * A sequence that replaces all that was stored before: the start of the run in milliseconds, one more for each slice of it, and always more than
 * the repository used before, also after the clock was set back.
 */
export function nextSequence({ sequence }: StoredRepository, startedAt: number): number {
  return Math.max(Math.trunc(startedAt), sequence + 1);
}

/** @throws ValidationError when a filter cannot be used */
export async function planSlice(
  { repositories, devinfo }: SliceParts,
  repository: StoredRepository,
  integration: IndexedIntegration,
  slice: RepositorySlice,
  { sequence, isBackfill }: { readonly sequence: number; readonly isBackfill: boolean },
): Promise<SlicePlan> {
  const repositoryId = String(repository.id);
  const pulls = newestOfEach(slice.pullRequests ?? []);
  const shown = withoutHidden(pulls, integration);
  const read = toDevinfo({ ...slice, pullRequests: shown }, { repository: repository.hosted, sequence });
  const record = toDevinfoRepository(repositoryId, { repository: repository.hosted, sequence });
  const commits = await countThings(repositories, repository, slice, "commits", read.readCommits);
  const pullRequests = await countThings(repositories, repository, slice, "pullRequests", shown.map(idOf));
  const namesNone = without(
    pulls.map(idOf),
    read.pullRequests.map(({ id }) => id),
  );
  const after: StoredRepository = {
    ...repository,
    ...{ cursor: slice.cursor, sequence },
    counts: {
      commits: commits.count,
      branches: slice.allBranches === undefined ? repository.counts.branches : new Set(slice.allBranches).size,
      tags: slice.allTags === undefined ? repository.counts.tags : countTags(slice.allTags, integration),
      pullRequests: pullRequests.count,
    },
    told: (["commits", "pullRequests"] as const).filter((thing) => isTold(thing, repository, slice)),
  };
  return {
    submission: ownSubmission(toSubmitted(record, read), isBackfill),
    remove: [
      ...addressesOf(repositoryId, "pull_request", namesNone),
      ...addressesOf(repositoryId, "branch", await findVanishedBranches(devinfo, repositoryId, slice.allBranches)),
    ],
    changes: [...commits.changes, ...pullRequests.changes, repositories.put(after)],
  };
}

/** @param isBackfill for what is read for the first time, or over again: rooms hear nothing of it */
export function ownSubmission(repository: DevinfoSubmission["repositories"][number], isBackfill: boolean): DevinfoSubmission {
  return { provider, repositories: [repository], isBackfill, preventTransitions: false, skipsUnchanged: true };
}

function addressesOf(repositoryId: string, type: DevinfoEntityType, ids: readonly string[]): readonly EntityAddress[] {
  return ids.map((id) => ({ provider, repositoryId, type, id }));
}

interface ReadDevinfo extends Required<NonNullable<Parameters<typeof toSubmitted>[1]>> {
  /** Ids of all commits, those that name no issue included. */
  readonly readCommits: readonly string[];
}

/** What names an issue; nobody looks for the rest. */
function toDevinfo(slice: Omit<RepositorySlice, "cursor">, mapping: Mapping): ReadDevinfo {
  const commits = (slice.commits ?? []).map((commit) => toDevinfoCommit(commit, mapping));
  const present = slice.allBranches === undefined ? undefined : new Set(slice.allBranches);
  const branches = (slice.branches ?? []).filter(({ name }) => present?.has(name) !== false);
  return {
    commits: firstOfEach(commits.filter(namesIssue)),
    branches: firstOfEach(branches.map((branch) => toDevinfoBranch(branch, mapping)).filter(namesIssue)),
    pullRequests: (slice.pullRequests ?? []).map((pull) => toDevinfoPullRequest(pull, mapping)).filter(namesIssue),
    readCommits: commits.map(({ id }) => id),
  };
}

function namesIssue({ issueKeys }: { readonly issueKeys: readonly string[] }): boolean {
  return issueKeys.length > 0;
}

/** Of what a slice has twice. */
function firstOfEach<T extends { readonly id: string }>(entities: readonly T[]): readonly T[] {
  const first = new Map<string, T>();
  for (const entity of entities) if (!first.has(entity.id)) first.set(entity.id, entity);
  return [...first.values()];
}

/** A host that pages through a list while it changes may give one of them twice. */
function newestOfEach(pulls: readonly ReadPullRequest[]): readonly ReadPullRequest[] {
  const newest = new Map<string, ReadPullRequest>();
  for (const pull of pulls) {
    const other = newest.get(pull.id);
    if (other === undefined || other.updatedAt <= pull.updatedAt) newest.set(pull.id, pull);
  }
  return [...newest.values()];
}

function withoutHidden(pulls: readonly ReadPullRequest[], { prHideFilter }: IndexedIntegration): readonly ReadPullRequest[] {
  if (prHideFilter === undefined) return pulls;
  const isHidden = matchTyped(
    "prHideFilter",
    prHideFilter,
    pulls.map(({ title }) => title),
  );
  return pulls.filter((_, index) => isHidden[index] !== true);
}

function countTags(tags: readonly string[], { tagsFilter }: IndexedIntegration): number {
  return tagsFilter === undefined ? tags.length : matchTyped("tagsFilter", tagsFilter, tags).filter(Boolean).length;
}

async function findVanishedBranches(
  devinfo: SliceParts["devinfo"],
  repositoryId: string,
  allBranches: readonly string[] | undefined,
): Promise<readonly string[]> {
  if (allBranches === undefined) return [];
  const present = new Set(allBranches.map(entityId));
  const vanished: string[] = [];
  for (let after: string | undefined = ""; after !== undefined;) {
    const stored = await devinfo.list(provider, repositoryId, "branch", after, branchesAtOnce);
    vanished.push(...stored.map(({ id }) => id).filter((id) => !present.has(id)));
    after = stored.at(-1)?.id;
  }
  return vanished;
}

interface Counted {
  readonly count: number;
  readonly changes: readonly StoreChange[];
}

/** The host's own number where it tells one; else each is counted once, however often it comes. */
async function countThings(
  store: SliceParts["repositories"],
  repository: StoredRepository,
  { totals }: RepositorySlice,
  thing: CountedThing,
  ids: readonly string[],
): Promise<Counted> {
  const total = totals?.[thing];
  const before = repository.counts[thing];
  if (total !== undefined) return { count: total, changes: [] };
  if (ids.length === 0 || repository.told.includes(thing)) return { count: before, changes: [] };
  const added = await store.uncounted(repository.id, thing, ids, repository.generation);
  return { count: before + added.length, changes: store.putCounted(repository.id, thing, added, repository.generation) };
}

function isTold(thing: CountedThing, { told }: StoredRepository, { totals }: RepositorySlice): boolean {
  return told.includes(thing) || totals?.[thing] !== undefined;
}

function idOf({ id }: ReadPullRequest): string {
  return entityId(id);
}

function without(ids: readonly string[], others: readonly string[]): readonly string[] {
  const excluded = new Set(others);
  return ids.filter((id) => !excluded.has(id));
}
