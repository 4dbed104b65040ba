import type { DeleteDetails, EntityAddress } from "../core/ports/devinfo.js";
import type { Properties, RepositoryRecord, RepositoryTombstones } from "../core/ports/devinfo-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import { tellDeleted } from "./observers.js";
import { issuesPerEntity } from "./limits.js";
import type { EngineParts } from "./parts.js";
import { canBeStored, tombstoneAfter } from "./tombstones.js";

/** Of a delete by properties: repositories that are looked at side by side, and changes in one batch. */
const repositoriesAtOnce = 50;
const changesAtOnce = 5_000;

/** What a delete is of: it takes effect in the turn of all of this. */
type Scope = { readonly provider: string; readonly repositoryIds?: readonly string[] };
type Deletion = (provider: number, commit: (changes: readonly StoreChange[]) => Promise<void>) => Promise<readonly StoreChange[]>;

/** With `upTo` only records and entities with a sequence up to it are deleted, and a tombstone keeps late ones out. */
export async function deleteRepository(
  parts: EngineParts,
  provider: string,
  repositoryId: string,
  upTo: bigint | undefined,
  about: DeleteDetails = {},
): Promise<void> {
  await inTurn(parts, { provider, repositoryIds: [repositoryId] }, upTo, about, async (number) => {
    if (!canBeStored(repositoryId)) return [];
    const [found = {}] = await parts.store.find(number, [repositoryId]);
    const [record] = found.handle === undefined ? [] : await parts.store.records([found.handle]);
    return [
      ...bury(parts, number, repositoryId, found.tombstones, upTo),
      ...(record === undefined ? [] : await remove(parts, record, upTo, parts.limits.deletedAtOnce)),
    ];
  });
}

export async function deleteEntity(
  parts: EngineParts,
  { provider, repositoryId, ...name }: EntityAddress,
  upTo: bigint | undefined,
  about: DeleteDetails = {},
): Promise<void> {
  const { store, clock } = parts;
  await inTurn(parts, { provider, repositoryIds: [repositoryId] }, upTo, about, async (number) => {
    if (!canBeStored(repositoryId, name)) return [];
    const [found = {}] = await store.find(number, [repositoryId]);
    const changes: StoreChange[] = [];
    if (upTo !== undefined) {
      const [before] = await store.entityTombstones(number, repositoryId, [name]);
      const tombstone = tombstoneAfter(before, upTo, clock.now());
      const entitiesUntil = Math.max(found.tombstones?.entitiesUntil ?? 0, tombstone.until);
      changes.push(...store.putEntityTombstone(number, repositoryId, name, tombstone));
      changes.push(...store.putTombstones(number, repositoryId, { ...found.tombstones, entitiesUntil }));
    }
    const [[record], [entity]] =
      found.handle === undefined
        ? [[], []]
        : await Promise.all([store.records([found.handle]), store.entities([{ handle: found.handle, ...name }])]);
    if (record === undefined || entity === undefined || (upTo !== undefined && entity.updateSequenceId > upTo)) return changes;
    const edit = store.edit(record);
    edit.remove(entity);
    return [...changes, ...(await store.changesOf([edit]))];
  });
}

/** Whatever has all of the tags; as `deleteRepository` does it. */
export async function deleteByProperties(
  parts: EngineParts,
  provider: string,
  properties: Properties,
  upTo: bigint | undefined,
  about: DeleteDetails = {},
): Promise<void> {
  await inTurn(parts, { provider }, undefined, about, async (number, commit) => {
    let changes: StoreChange[] = [];
    for await (const handles of parts.store.tagged(number, properties)) {
      const records = (await parts.store.records(handles)).filter((record) => record?.isDeleted === false);
      for (let start = 0; start < records.length; start += repositoriesAtOnce) {
        changes.push(...(await deleteSome(parts, number, records.slice(start, start + repositoriesAtOnce), upTo)));
        if (changes.length < changesAtOnce) continue;
        await commit(changes);
        changes = [];
      }
    }
    return changes;
  });
}

async function deleteSome(
  parts: EngineParts,
  provider: number,
  records: readonly (RepositoryRecord | undefined)[],
  upTo: bigint | undefined,
): Promise<readonly StoreChange[]> {
  const known = records.filter((record) => record !== undefined);
  const ids = known.map(({ repositoryId }) => repositoryId);
  const found = upTo === undefined ? [] : await parts.store.find(provider, ids);
  const buried = ids.flatMap((id, index) => bury(parts, provider, id, found[index]?.tombstones, upTo));
  // Together they delete no more than one alone may.
  const share = Math.floor(parts.limits.deletedAtOnce / records.length);
  const removed = await Promise.all(known.map((record) => remove(parts, record, upTo, share)));
  return [...buried, ...removed.flat()];
}

/**
 * Deletes in a turn of its own, with what observers add in the first batch; what is deleted by marks is cleaned away behind. A provider that
 * nobody knows has nothing to delete, but may have something to keep out.
 */
async function inTurn(parts: EngineParts, scope: Scope, upTo: bigint | undefined, about: DeleteDetails, plan: Deletion): Promise<void> {
  const { turns, providers, observers, commit, cleaning } = parts;
  await turns.run([scope], async () => {
    const provider = await (upTo === undefined ? providers.find(scope.provider) : providers.ensure(scope.provider));
    const echo = await tellDeleted(observers, scope.provider, about);
    const written = { batches: 0 };
    const write = async (changes: readonly StoreChange[]): Promise<void> => {
      written.batches += 1;
      if (written.batches > 1) return commit(changes);
      const ofProvider = provider === undefined || changes.length === 0 ? [] : providers.changesOf(provider);
      await commit([...ofProvider, ...echo.changes, ...changes]);
      if (ofProvider.length > 0 && provider !== undefined) providers.stored(provider);
      echo.stored();
    };
    const changes = provider === undefined ? [] : await plan(provider.number, write);
    if (written.batches === 0 || changes.length > 0) await write(changes);
  });
  cleaning.wake();
}

function bury(
  { store, clock }: EngineParts,
  provider: number,
  repositoryId: string,
  before: RepositoryTombstones | undefined,
  upTo: bigint | undefined,
): readonly StoreChange[] {
  if (upTo === undefined) return [];
  return store.putTombstones(provider, repositoryId, { ...before, own: tombstoneAfter(before?.own, upTo, clock.now()) });
}

/** @param most of so many entities; where there are more they are deleted by a mark */
async function remove(
  { store }: EngineParts,
  record: RepositoryRecord,
  upTo: bigint | undefined,
  most: number,
): Promise<readonly StoreChange[]> {
  if (upTo === undefined) return store.unlink(record);
  const { handle, deletedUpTo = upTo } = record;
  const lowest = await store.lowestAbove(handle, deletedUpTo > upTo ? deletedUpTo : upTo);
  if (lowest === undefined && record.updateSequenceId <= upTo) return store.unlink(record);
  // Where newer entities stay the record stays too, with the lowest of their sequences.
  const updateSequenceId = record.updateSequenceId <= upTo ? (lowest ?? record.updateSequenceId) : record.updateSequenceId;
  const deleted = await store.upTo(handle, upTo, most + 1);
  const edit = store.edit(record);
  const issues = deleted.reduce((sum, { issueKeys }) => sum + issueKeys.length, 0);
  if (deleted.length > most || issues > issuesPerEntity * most) {
    edit.putRecord({ ...record, updateSequenceId, deletedUpTo: deletedUpTo > upTo ? deletedUpTo : upTo });
    return [...(await store.changesOf([edit])), store.markForCleaning(handle)];
  }
  for (const entity of deleted) edit.remove(entity);
  if (updateSequenceId !== record.updateSequenceId) edit.putRecord({ ...record, updateSequenceId });
  return store.changesOf([edit]);
}
