/** A repository that was found through a registered git host. */
export interface Repository {
  /** From 1; integrations have ids of the same sequence. Never given to another. */
  readonly id: number;
  readonly integrationId: number;
  /** For people: `octo/hello`, or the folder's name. */
  readonly name: string;
  /** Of its integration. */
  readonly displayName: string;
  /** Clone URL or path. */
  readonly root: string;
  readonly origin: string;
  /** By itself, or with its integration. */
  readonly isDisabled: boolean;
  readonly isGlobal: boolean;
  readonly projectMappingIds: readonly number[];
  /** When a run over it ended well; milliseconds since the epoch. */
  readonly lastIndexedAt?: number;
  readonly isIndexing: boolean;
  readonly counts: Readonly<Record<"commits" | "branches" | "tags" | "pullRequests", number>>;
  /** Why the last run failed; without secrets. */
  readonly lastError?: string;
}

/** How far what was asked for has come. */
export interface IndexProgress {
  readonly threadId: string;
  readonly isFinished: boolean;
  /** Percent, by repository name; also of those that are over. */
  readonly perRepository: Readonly<Record<string, number>>;
  /** Sentences without secrets, by name. */
  readonly errors: Readonly<Record<string, string>>;
  readonly percent: number;
}

/** How much is read. */
export type Extent = "new" | "everything";

/** Repositories of registered git hosts, and their indexing. */
export interface Repositories {
  /** By id. @param projectKey only those of global integrations, and those in which the key was seen */
  list(projectKey?: string): Promise<readonly Repository[]>;
  /** Stored, synced. @returns false when there is no such repository */
  setDisabled(repositoryId: number, isDisabled: boolean): Promise<boolean>;
  /** When a run over one of the integration's repositories last ended well; undefined until then. */
  lastIndexedAt(integrationId: number): Promise<number | undefined>;
  /**
   * Reads again from the beginning, beside what is going on.
   * @param id of a repository, or of an integration for all of its repositories; absent: everything
   * @param priority from 1; the lower, the sooner
   * @param extent `new`: reads only what is new, though at once; `everything` unless given
   * @returns what `progress` knows it by; undefined when nothing has the id
   */
  reindex(id: number | undefined, priority: number, extent?: Extent): Promise<string | undefined>;
  /** @returns undefined when there is no such thread or id; the newest of all where nothing is given, and what is over where there was none */
  progress(wanted: { readonly threadId?: string; readonly id?: number }): Promise<IndexProgress | undefined>;
}
