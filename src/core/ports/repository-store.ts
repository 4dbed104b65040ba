import type { HostedRepository } from "../repository-host.js";
import type { StoreChange } from "./unit-of-work.js";

/** A repository that was found through a registered git host, and how far it was read. */
export interface StoredRepository {
  /** From 1; integrations have ids of the same sequence. Never given to another. */
  readonly id: number;
  readonly integrationId: number;
  /** Where its integration looked when it was found: what has the host's same id elsewhere is another repository. */
  readonly place: string;
  readonly hosted: HostedRepository;
  readonly isDisabled: boolean;
  /** Of the last slice that was stored; absent until there was one. */
  readonly cursor?: string;
  /** The highest that anything of it was stored with; 0 before. */
  readonly sequence: number;
  /** Rises each time it is read from the beginning: what was counted under another is counted again. */
  readonly generation: number;
  /** What was passed over and what counted when it was read, in a form that is only compared. */
  readonly readWith?: string;
  readonly counts: RepositoryCounts;
  /** Of these the host tells the number, so we do not count. */
  readonly told: readonly CountedThing[];
  /** When a run over it ended well; milliseconds since the epoch. */
  readonly lastIndexedAt?: number;
  /** Why the last run failed; without secrets. */
  readonly lastError?: string;
}

export type RepositoryCounts = Readonly<Record<"commits" | "branches" | "tags" | "pullRequests", number>>;

/** What comes in parts, and may come again. */
export type CountedThing = "commits" | "pullRequests";

/**
 * Repositories of registered git hosts. Reads see what was committed; whoever changes a repository runs one change of it at a time
 * (repositories/).
 */
export interface RepositoryStore {
  get(id: number): Promise<StoredRepository | undefined>;
  /** By id, ascending; those of the integration after the given one. Costs what it returns. */
  list(integrationId: number, after: number, limit: number): Promise<readonly StoredRepository[]>;
  add(repository: StoredRepository): readonly StoreChange[];
  /** Replaces one that is there. */
  put(repository: StoredRepository): StoreChange;
  /** Takes it out of all lists and leaves a mark: what was read of it is still to be deleted. */
  remove(repository: Pick<StoredRepository, "id" | "integrationId">): readonly StoreChange[];
  /** When a run over one of the integration's repositories last ended well. */
  lastIndexedAt(integrationId: number): Promise<number | undefined>;
  putLastIndexedAt(integrationId: number, at: number): StoreChange;

  /** Those that were not counted under the generation, each once. @param ids as the host gives them */
  uncounted(repositoryId: number, thing: CountedThing, ids: readonly string[], generation: number): Promise<readonly string[]>;
  putCounted(repositoryId: number, thing: CountedThing, ids: readonly string[], generation: number): readonly StoreChange[];

  /** Marks an integration that is removed: its repositories are still to be. */
  forget(integrationId: number): readonly StoreChange[];
  /** Integrations with that mark. */
  forgotten(limit: number): Promise<readonly number[]>;
  /** Takes the mark away, and what else is kept of the integration. */
  endForgotten(integrationId: number): readonly StoreChange[];
  /** Removed repositories of which something may be left. */
  removed(limit: number): Promise<readonly number[]>;
  /** Deletes a part of what was counted. @returns nothing once nothing is left */
  removeCounted(repositoryId: number, limit: number): Promise<readonly StoreChange[]>;
  /** Takes the mark of `remove` away. */
  endRemoved(repositoryId: number): readonly StoreChange[];
}
