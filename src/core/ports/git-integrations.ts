import type { RegisteredRemote } from "../registered-remote.js";
import type { StoreChange } from "./unit-of-work.js";

/** A registered git host, as far as its repositories are read. */
export interface IndexedIntegration {
  /** Whether smart commits of its repositories are carried out, where the configuration lets any be. */
  readonly actsOnSmartCommits: boolean;
  /** From 1; repositories have ids of the same sequence. */
  readonly id: number;
  readonly displayName: string;
  readonly origin: string;
  readonly isDisabled: boolean;
  readonly isGlobal: boolean;
  readonly projectMappingIds: readonly number[];
  readonly remote: RegisteredRemote;
  /** Regular expressions: tags that count, and titles of pull requests that are passed over. */
  readonly tagsFilter?: string;
  readonly prHideFilter?: string;
}

/** Where the registered git hosts are found. */
export interface IntegrationSource {
  get(id: number): Promise<IndexedIntegration | undefined>;
  /** By id, ascending; those after the given one. */
  list(after: number, limit: number): Promise<readonly IndexedIntegration[]>;
}

/** What a registered git host's repositories are told of it. */
export interface RepositoryDesk {
  /** Something about the integration is new: it is read soon. Or it is removed: then what was read of it goes. */
  wake(integrationId: number): void;
  /** Stored in the batch that removes the integration: its repositories and what was read of them go, also after a crash. */
  forget(integrationId: number): readonly StoreChange[];
}
