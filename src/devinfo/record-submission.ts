import { devinfoEntityTypes, type DevinfoSubmission, type SubmittedRepository } from "../core/devinfo.js";
import type { DevinfoOutcome, SubmissionDetails } from "../core/ports/devinfo.js";
import type { ProviderRecord, StoredEntity } from "../core/ports/devinfo-store.js";
import { judgeRepository, type JudgedRepository, type StoredRepositoryState } from "./judge-repository.js";
import { tellRecorded } from "./observers.js";
import type { EngineParts } from "./parts.js";
import { readRemoved, readState } from "./read-state.js";
import { SliceWriter, type EditedRepository } from "./slice-writer.js";

/**
 * Takes a submission in its turn: all of it is judged, observers are told, and then it is written.
 * @throws StorageError when the disk does not take it
 */
export async function recordSubmission(
  parts: EngineParts,
  submission: DevinfoSubmission,
  about: SubmissionDetails = {},
): Promise<DevinfoOutcome> {
  const ids = submission.repositories.map(({ id }) => id);
  assertDistinct(submission);
  const others = new Set(about.remove?.map(({ repositoryId }) => repositoryId));
  for (const id of ids) others.delete(id);
  const claim = { provider: submission.provider, repositoryIds: [...ids, ...others] };
  return parts.turns.run([claim], () => recordInTurn(parts, submission, about, [...others]));
}

/** @param others repositories that are not in the submission, and of which something is to be removed */
async function recordInTurn(
  parts: EngineParts,
  submission: DevinfoSubmission,
  about: SubmissionDetails,
  others: readonly string[],
): Promise<DevinfoOutcome> {
  const { store, providers, counters, clock } = parts;
  const { repositories } = submission;
  const provider = bound(await providers.ensure(submission.provider), about);
  await counters.ready();
  const now = clock.now();
  const states = await readState(parts, provider.number, [...repositories, ...others.map(withoutEntries)], now);
  const judged = repositories.map((repository, index) => judgeRepository(repository, states[index] ?? unknown, submission, now));
  const removed = await readRemoved(parts, withoutNamed(about.remove ?? [], repositories), states);
  const outcome: DevinfoOutcome = {
    at: counters.accept(),
    repositories: judged.map((each) => each.outcome),
    ...(removed.size === 0 ? {} : { removed: addressesOf(submission.provider, removed) }),
  };
  const echo = await tellRecorded(parts.observers, submission, outcome, about);
  const last = (await about.also?.(outcome)) ?? [];
  const edited = editedRepositories(parts, provider, judged, states, removed);
  const ofProvider = edited.length === 0 ? [] : providers.changesOf(provider);
  const writer = new SliceWriter({
    ...{ store, commit: parts.commit, limits: parts.limits, acceptedAt: outcome.at, acceptance: () => counters.change() },
    ...{ first: [...ofProvider, ...echo.changes], events: echo.events, last },
    onFirst() {
      if (ofProvider.length > 0) providers.stored(provider);
      echo.stored();
    },
  });
  try {
    await writer.write(edited);
  } catch (error) {
    // A batch that seems to fail may be stored all the same.
    if (ofProvider.length > 0) providers.forget();
    throw error;
  }
  return outcome;
}

/** Whoever sends something last says which Jira the provider is bound to. */
function bound({ number, name }: ProviderRecord, { instance }: SubmissionDetails): ProviderRecord {
  return { number, name, ...(instance === undefined ? {} : { instance }) };
}

/** What came twice would leave entries behind that lead to nothing. */
function assertDistinct({ repositories }: DevinfoSubmission): void {
  if (new Set(repositories.map(({ id }) => id)).size < repositories.length) throw new TypeError("A repository is submitted twice");
  for (const { entries } of repositories) {
    for (const type of devinfoEntityTypes) {
      const ids = entries.flatMap((entry) => (entry.type === type ? entry.id : []));
      if (new Set(ids).size < ids.length) throw new TypeError("An entity is submitted twice");
    }
  }
}

const unknown: StoredRepositoryState = { record: undefined, entities: [], tombstones: undefined, entityTombstones: [] };

function withoutEntries(id: string): SubmittedRepository {
  return { id, updateSequenceId: 0n, json: "{}", entries: [] };
}

/** What is submitted is not removed. */
function withoutNamed(
  addresses: NonNullable<SubmissionDetails["remove"]>,
  repositories: readonly SubmittedRepository[],
): NonNullable<SubmissionDetails["remove"]> {
  if (addresses.length === 0) return addresses;
  const named = new Set(repositories.flatMap((repository) => repository.entries.map(({ type, id }) => `${repository.id} ${type} ${id}`)));
  return addresses.filter(({ repositoryId, type, id }) => !named.has(`${repositoryId} ${type} ${id}`));
}

function addressesOf(provider: string, removed: ReadonlyMap<string, readonly StoredEntity[]>): NonNullable<DevinfoOutcome["removed"]> {
  return [...removed].flatMap(([repositoryId, entities]) => entities.map(({ type, id }) => ({ provider, repositoryId, type, id })));
}

/** Those of which anything changes. One that is new gets its handle here. */
function editedRepositories(
  { store, counters }: EngineParts,
  { number }: ProviderRecord,
  judged: readonly JudgedRepository[],
  states: readonly StoredRepositoryState[],
  removedById: ReadonlyMap<string, readonly StoredEntity[]>,
): readonly EditedRepository[] {
  return states.flatMap(({ record, ...state }, index): readonly EditedRepository[] => {
    const one = judged[index];
    const removed = removedById.get(record?.repositoryId ?? "") ?? [];
    const stored = one?.outcome.entries ?? [];
    if (record !== undefined) return [{ edit: store.edit(record), record: one?.record, entries: stored, before: state.entities, removed }];
    if (one?.record === undefined) return [];
    const edit = store.editNew(number, one.outcome.repository.id, counters.nextHandle());
    return [{ edit, record: one.record, entries: stored, before: [], removed }];
  });
}
