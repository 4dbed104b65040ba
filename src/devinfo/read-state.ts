import type { SubmittedRepository } from "../core/devinfo.js";
import type { EntityAddress } from "../core/ports/devinfo.js";
import type { FoundRepository, StoredEntity } from "../core/ports/devinfo-store.js";
import { notDeleted, type StoredRepositoryState } from "./judge-repository.js";
import type { EngineParts } from "./parts.js";
import { hasEntityTombstones, keepsOut } from "./tombstones.js";

type ReadingParts = Pick<EngineParts, "store" | "cleaning">;

/**
 * What is stored of repositories that somebody submits, in their turn. Where the provider or a repository is new nothing is looked for in it.
 * @param provider its number
 */
export async function readState(
  parts: ReadingParts,
  provider: number,
  repositories: readonly SubmittedRepository[],
  now: number,
): Promise<readonly StoredRepositoryState[]> {
  const found = await parts.store.find(
    provider,
    repositories.map(({ id }) => id),
  );
  const states = await load(parts, provider, repositories, found, now);
  const unclean = states.flatMap((state, index) => (isUnclean(state, repositories[index], now) ? (state.record?.handle ?? []) : []));
  if (unclean.length === 0) return states;
  for (const handle of unclean) await parts.cleaning.finish(handle);
  return load(parts, provider, repositories, found, now);
}

/** Of entities to be removed those that are stored, by repository. */
export async function readRemoved(
  { store }: Pick<EngineParts, "store">,
  addresses: readonly EntityAddress[],
  states: readonly StoredRepositoryState[],
): Promise<ReadonlyMap<string, readonly StoredEntity[]>> {
  const removed = new Map<string, readonly StoredEntity[]>();
  for (const { record } of addresses.length === 0 ? [] : states) {
    if (record === undefined) continue;
    const { repositoryId, handle } = record;
    const own = addresses.filter((address) => address.repositoryId === repositoryId);
    const distinct = new Map(own.map(({ type, id }) => [`${type} ${id}`, { handle, type, id }]));
    const stored = await store.entities([...distinct.values()]);
    // What is only not cleaned away yet was deleted before.
    removed.set(
      repositoryId,
      stored.flatMap((entity) => notDeleted(entity, record) ?? []),
    );
  }
  return removed;
}

async function load(
  { store }: ReadingParts,
  provider: number,
  repositories: readonly SubmittedRepository[],
  found: readonly FoundRepository[],
  now: number,
): Promise<readonly StoredRepositoryState[]> {
  const wanted = repositories.flatMap(({ entries }, index) => {
    const handle = found[index]?.handle;
    return handle === undefined ? [] : [{ handle, entities: entries }];
  });
  const loaded = wanted.length === 0 ? [] : await store.load(wanted);
  const byHandle = new Map(wanted.map(({ handle }, index) => [handle, loaded[index]]));
  const states: StoredRepositoryState[] = [];
  for (const [index, { id, entries }] of repositories.entries()) {
    const { handle = "", tombstones } = found[index] ?? {};
    const { record, entities = [] } = byHandle.get(handle) ?? {};
    const isLookedFor = entries.length > 0 && hasEntityTombstones(tombstones, now);
    states.push({
      ...{ record, entities, tombstones },
      entityTombstones: isLookedFor ? await store.entityTombstones(provider, id, entries) : [],
    });
  }
  return states;
}

/**
 * Was a part of it deleted which is not cleaned away yet, after the day on which nothing of that part was let in? Then what is submitted now may
 * be as old as what is to be cleaned away, and must not go with it.
 */
function isUnclean({ record, tombstones }: StoredRepositoryState, repository: SubmittedRepository | undefined, now: number): boolean {
  const deletedUpTo = record?.deletedUpTo;
  if (deletedUpTo === undefined || repository === undefined || keepsOut(tombstones?.own, deletedUpTo, now)) return false;
  return repository.entries.some(({ updateSequenceId }) => updateSequenceId <= deletedUpTo);
}
